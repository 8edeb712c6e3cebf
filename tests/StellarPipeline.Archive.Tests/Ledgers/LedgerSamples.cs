using System.Security.Cryptography;
using System.Text;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Generated ledgers with true hashes, and ways to write, read and damage them.</summary>
internal static class LedgerSamples
{
    public const string Passphrase = "Test SDF Network ; September 2015";
    public const uint First = 1000;

    private static readonly Lazy<GeneratedLedger[]> Made =
        new(() => [.. Generate(new LedgerGeneratorOptions { FirstLedger = First, Transactions = 3 }, 200)]);

    /// <summary>200 small ledgers from <see cref="First"/> on.</summary>
    public static GeneratedLedger[] All => Made.Value;

    public static IEnumerable<GeneratedLedger> Generate(LedgerGeneratorOptions options, int count) =>
        new LedgerGenerator(options).Take(count);

    public static byte[] NetworkId(string passphrase = Passphrase) => SHA256.HashData(Encoding.UTF8.GetBytes(passphrase));

    public static byte[] BytesOf(uint ledger) => All[ledger - First].CloseMeta.ToArray();

    /// <summary>Writes some of the ledgers as a data store.</summary>
    public static void WriteStore(string folder, uint first, int count, int perObject = 1, int perPartition = 64000) =>
        LedgerDataStore.Write(folder, Passphrase, All.AsSpan((int)(first - First), count).ToArray(), perObject, perPartition);

    public static string PathOf(string folder, uint ledger, int perObject = 1, int perPartition = 64000) =>
        Path.Combine(folder, LedgerDataStore.NameOf(ledger, perObject, perPartition));

    public static Task<LedgerStore> OpenAsync(string folder, LedgerStoreOptions? options = null) =>
        LedgerStore.OpenAsync(new DirectoryTransport(folder), options, isTransportOwned: true, Deadline.Token);

    /// <summary>Reads ledgers, compares each with what was written, and gives their numbers.</summary>
    public static async Task<List<uint>> ReadAsync(this ILedgerSource source, uint? first, uint? last, List<uint>? into = null)
    {
        List<uint> read = into ?? [];
        await foreach (LedgerBuffer ledger in source.ReadAsync(new LedgerRange(first, last), Deadline.Token))
        {
            using (ledger)
            {
                Assert.Equal(BytesOf(ledger.Sequence), ledger.Span);
                read.Add(ledger.Sequence);
            }
        }

        return read;
    }

    public static IEnumerable<uint> Numbers(uint first, uint last) =>
        Enumerable.Range((int)first, (int)(last - first + 1)).Select(number => (uint)number);

    public static byte[] Zstd(byte[] content)
    {
        using var compressor = new ZstdSharp.Compressor();
        return compressor.Wrap(content).ToArray();
    }

    public static byte[] Unzstd(byte[] stored)
    {
        using var decompressor = new ZstdSharp.Decompressor();
        return decompressor.Unwrap(stored, int.MaxValue).ToArray();
    }

    /// <summary>Changes the uncompressed content of an object.</summary>
    public static void Change(string path, Func<byte[], byte[]> change)
    {
        using var input = new ZstdSharp.DecompressionStream(File.OpenRead(path));
        using var content = new MemoryStream();
        input.CopyTo(content);
        input.Dispose();
        File.WriteAllBytes(path, Zstd(change(content.ToArray())));
    }

    /// <summary>Reads a ledger with a reader of its own: the view lives as long as its bytes.</summary>
    public static LedgerView View(byte[] ledger, string passphrase = Passphrase) => new LedgerReader(NetworkId(passphrase)).Read(ledger);
}
