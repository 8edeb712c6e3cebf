using System.Buffers.Binary;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Stellar;

namespace StellarPipeline.LoadTest.Live;

/// <summary>Consecutive ledgers in memory.</summary>
/// <param name="Name">Their name in the results.</param>
/// <param name="Network">Their network.</param>
/// <param name="First">The first ledger.</param>
/// <param name="Ledgers">The encoded ledgers.</param>
internal sealed record LedgerSet(string Name, StellarNetwork Network, uint First, IReadOnlyList<byte[]> Ledgers)
{
    private const uint LastFragment = 0x80000000;

    /// <summary>The last ledger.</summary>
    public uint Last => First + (uint)Ledgers.Count - 1;

    /// <summary>Reads a file.</summary>
    public static async Task<LedgerSet> ReadAsync(string file, StellarNetwork network, CancellationToken cancellationToken)
    {
        var ledgers = new List<byte[]>();
        uint first = 0;
        await using ILedgerSource source = await LedgerSources.OpenAsync([file], cancellationToken: cancellationToken);
        await foreach (LedgerBuffer ledger in source.ReadAsync(new LedgerRange(null, null), cancellationToken))
        {
            using (ledger)
            {
                if (ledgers.Count == 0) first = ledger.Sequence;
                ledgers.Add(ledger.Span.ToArray());
            }
        }

        return new LedgerSet(Path.GetFileName(file), network, first, ledgers);
    }

    /// <summary>Makes dense ledgers of an invented network.</summary>
    public static LedgerSet Generate(int transactions, int count)
    {
        var options = new LedgerGeneratorOptions
        {
            Protocol = 25, Transactions = transactions, Accounts = Math.Max(40, transactions), Assets = 40, WarmUpOperations = transactions,
        };
        List<byte[]> ledgers = [.. new LedgerGenerator(options).Take(count).Select(static ledger => ledger.CloseMeta.ToArray())];
        return new LedgerSet(
            FormattableString.Invariant($"generated, {transactions:N0} transactions each"), StellarNetwork.Parse(options.Passphrase),
            options.FirstLedger, ledgers);
    }

    /// <summary>Opens the ledgers as a stream, like that of a node.</summary>
    public LedgerStreamSource Open()
    {
        using var frames = new MemoryStream();
        Span<byte> head = stackalloc byte[sizeof(uint)];
        foreach (byte[] ledger in Ledgers)
        {
            BinaryPrimitives.WriteUInt32BigEndian(head, (uint)ledger.Length | LastFragment);
            frames.Write(head);
            frames.Write(ledger);
        }

        byte[] bytes = frames.ToArray();
        return new LedgerStreamSource(
            [new LedgerStreamPart(Name, _ => ValueTask.FromResult<Stream>(new MemoryStream(bytes)))]);
    }
}
