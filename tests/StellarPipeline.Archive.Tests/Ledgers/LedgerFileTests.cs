using System.Buffers.Binary;
using System.IO.Compression;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Ledgers;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Compressed files of ledgers: what is cut off, damaged or continued never looks like a shorter file.</summary>
public sealed class LedgerFileTests : IDisposable
{
    private const int Ledgers = 6;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("ledgers-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Read_GzipCutAtAnyFlushPoint_IsAnErrorThatSaysSo()
    {
        byte[] stored = Gzip(out List<int> flushed);
        foreach (int length in flushed.Append(stored.Length - 8).Append(stored.Length - 1))
        {
            LedgerFileException error = Assert.Throws<LedgerFileException>(() => CountOf(stored.AsSpan(0, length)));
            Assert.Equal(FailureKind.Archive, error.Kind);
            Assert.Contains("ledgers.xdr.gz ends too early", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(Ledgers, CountOf(stored));
    }

    [Fact]
    public void Read_GzipWithSomethingBehind_IsAnError()
    {
        byte[] stored = Gzip(out _);
        Assert.Contains("follows the compressed data", Assert.Throws<LedgerFileException>(() => CountOf([.. stored, .. "more"u8])).Message,
            StringComparison.Ordinal);
        Assert.Contains("follows the compressed data",
            Assert.Throws<LedgerFileException>(() => CountOf([.. stored, .. new byte[100]])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(4)]
    public void Read_GzipWithAWrongTrailer_SaysThatItIsDamaged(int fromEnd)
    {
        byte[] stored = Gzip(out _);
        stored[^fromEnd] ^= 1;

        LedgerFileException error = Assert.Throws<LedgerFileException>(() => CountOf(stored));

        Assert.Equal(FailureKind.Archive, error.Kind);
        Assert.Contains("checksum or length", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_GzipOfSeveralMembersOrPackedTwice_GivesAllLedgers()
    {
        byte[] stored = Gzip(out _);
        using var twice = new MemoryStream();
        using (var gzip = new GZipStream(twice, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(stored);

        Assert.Equal(Ledgers, CountOf(twice.ToArray()));
        using var second = new MemoryStream();
        using (var gzip = new GZipStream(second, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(Frame(Ledgers));
        Assert.Equal(Ledgers + 1, CountOf([.. stored, .. second.ToArray()]));
    }

    // One frame after the other, each behind a flush, as a program that writes ledgers as they close does it.
    private static byte[] Gzip(out List<int> flushed)
    {
        flushed = [];
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int ledger = 0; ledger < Ledgers; ledger++)
            {
                gzip.Write(Frame(ledger));
                gzip.Flush();
                flushed.Add((int)stored.Length);
            }
        }

        return stored.ToArray();
    }

    private static byte[] Frame(int ledger)
    {
        GeneratedLedger made = LedgerSamples.All[ledger];
        byte[] frame = new byte[4 + made.CloseMeta.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, 0x80000000 | (uint)made.CloseMeta.Length);
        made.CloseMeta.Span.CopyTo(frame.AsSpan(4));
        return frame;
    }

    private int CountOf(ReadOnlySpan<byte> stored)
    {
        string path = Path.Combine(folder.FullName, "ledgers.xdr.gz");
        File.WriteAllBytes(path, stored.ToArray());
        int count = 0;
        LedgerFile.Read(path).Each((ledger, _, _) =>
        {
            count++;
            return ledger.Length;
        });
        return count;
    }
}
