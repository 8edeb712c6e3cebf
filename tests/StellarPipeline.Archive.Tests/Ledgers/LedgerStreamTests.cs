using System.IO.Compression;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Output;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Framed streams, data-store objects and single ledgers from files and other streams.</summary>
public sealed class LedgerStreamTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static GeneratedLedger[] Some(uint first, int count) =>
        LedgerSamples.All.AsSpan((int)(first - LedgerSamples.First), count).ToArray();

    private string Write(string name, uint first, int count)
    {
        string path = Path.Combine(folder.Path, name);
        LedgerStreamFile.Write(path, Some(first, count));
        return path;
    }

    private static LedgerStreamSource Of(params string[] paths) => new([.. paths.Select(LedgerStreamPart.File)]);

    private static async Task<LedgerException> ErrorAsync(string path, uint? last = null)
    {
        await using LedgerStreamSource source = Of(path);
        LedgerException error = await Assert.ThrowsAnyAsync<LedgerException>(() => source.ReadAsync(null, last));
        Assert.Equal(0, source.Budget.LentBytes);
        return error;
    }

    [Theory]
    [InlineData("stream.xdr")]
    [InlineData("stream.xdr.zst")]
    [InlineData("stream.xdr.gz")]
    public async Task Read_FramedStream_GivesEveryLedger(string name)
    {
        await using LedgerStreamSource source = Of(Write(name, 1000, 60));

        Assert.Equal(LedgerSamples.Numbers(1000, 1059), await source.ReadAsync(null, null));
        Assert.Equal(LedgerSamples.Numbers(1010, 1020), await source.ReadAsync(1010, 1020));
        Assert.Equal(LedgerSamples.Numbers(1000, 1020), await source.ReadAsync(null, 1020));
        Assert.Equal(0, source.Budget.LentBytes);
    }

    // As make-datastore writes them: each frame is a zstd frame, or a gzip member, of its own.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_CompressedFrameByFrame_GivesEveryLedger(bool isZstd)
    {
        string path = Path.Combine(folder.Path, "frames");
        await using (FileStream file = File.Create(path))
        {
            foreach (GeneratedLedger ledger in Some(1000, 30))
            {
                byte[] frame = [0x80, (byte)(ledger.CloseMeta.Length >> 16), (byte)(ledger.CloseMeta.Length >> 8),
                    (byte)ledger.CloseMeta.Length, .. ledger.CloseMeta.Span];
                if (isZstd)
                {
                    file.Write(LedgerSamples.Zstd(frame));
                    continue;
                }

                using var member = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true);
                member.Write(frame);
            }
        }

        await using LedgerStreamSource source = Of(path);
        Assert.Equal(LedgerSamples.Numbers(1000, 1029), await source.ReadAsync(null, null));
    }

    [SkippableFact]
    public async Task Read_NamedPipe_GivesLedgersAsTheyCome()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Named pipes of this kind are Unix's.");
        string pipe = Path.Combine(folder.Path, "pipe");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [pipe]))
            await made.WaitForExitAsync();
        byte[] bytes = File.ReadAllBytes(Write("stream", 1000, 40));
        var writing = Task.Run(WriteAsync);
        await using LedgerStreamSource source = Of(pipe);

        Assert.Equal(LedgerSamples.Numbers(1000, 1039), await source.ReadAsync(1000, 1039));
        await writing;

        async Task WriteAsync()
        {
            // Whoever writes a pipe does not lock it against its reader.
            await using var output = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            for (int start = 0; start < bytes.Length; start += 777)
                await output.WriteAsync(bytes.AsMemory(start, Math.Min(777, bytes.Length - start)));
        }
    }

    [Fact]
    public async Task Read_FilesOfAnyForm_AreReadAsOne()
    {
        string single = Path.Combine(folder.Path, "single.xdr");
        File.WriteAllBytes(single, LedgerSamples.BytesOf(1020));
        string packed = Path.Combine(folder.Path, "packed");
        File.WriteAllBytes(packed, LedgerSamples.Zstd(LedgerSamples.BytesOf(1021)));
        LedgerSamples.WriteStore(folder.Path, 1022, 8, 8, 1);
        string batch = LedgerSamples.PathOf(folder.Path, 1022, 8, 1);
        string rest = LedgerSamples.PathOf(folder.Path, 1024, 8, 1);
        await using LedgerStreamSource source = Of(Write("stream.gz", 1000, 20), single, packed, batch, rest);

        Assert.Equal(LedgerSamples.Numbers(1000, 1029), await source.ReadAsync(1000, 1029));
        Assert.Equal(LedgerSamples.Numbers(1023, 1027), await source.ReadAsync(1023, 1027));
    }

    [Fact]
    public async Task Read_StreamEndsBeforeTheRange_SaysWhere()
    {
        await using LedgerStreamSource source = Of(Write("stream", 1000, 20));
        List<uint> read = [];

        LedgersEndedException error = await Assert.ThrowsAsync<LedgersEndedException>(() => source.ReadAsync(1000, 1020, read));
        LedgersEndedException none = await Assert.ThrowsAsync<LedgersEndedException>(() => source.ReadAsync(1050, 1060));

        Assert.Equal(LedgerSamples.Numbers(1000, 1019), read);
        Assert.Equal(1019u, error.LastLedger);
        Assert.Null(none.LastLedger);
    }

    [Fact]
    public async Task Read_GapBeginningOrRepetition_IsNamed()
    {
        await using LedgerStreamSource gap = Of(Write("a", 1000, 20), Write("b", 1025, 5));
        await using LedgerStreamSource again = Of(Write("c", 1000, 20), Write("d", 1015, 5));

        LedgersMissingException hole = await Assert.ThrowsAsync<LedgersMissingException>(() => gap.ReadAsync(null, null));
        LedgersMissingException later = await Assert.ThrowsAsync<LedgersMissingException>(() => gap.ReadAsync(990, 1010));
        LedgerException twice = await Assert.ThrowsAsync<LedgerException>(() => again.ReadAsync(null, null));

        Assert.Equal((1020u, 1024u), (hole.FirstMissing, hole.LastMissing));
        Assert.Equal((990u, 999u), (later.FirstMissing, later.LastMissing));
        Assert.Equal(LedgerErrorCode.Order, twice.Code);
        Assert.Equal(LedgerSamples.Numbers(1000, 1010), await gap.ReadAsync(1000, 1010));
    }

    [Theory]
    [InlineData("stream", 2)]
    [InlineData("stream", 50)]
    [InlineData("stream.zst", 50)]
    [InlineData("stream.gz", 50)]
    public async Task Read_StreamCutInsideAFrame_IsNoEnd(string name, int cut)
    {
        string path = Write(name, 1000, 20);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..^cut]);

        LedgerException error = await ErrorAsync(path);

        Assert.True(error.Code is LedgerErrorCode.Frame or LedgerErrorCode.Compression, error.Message);
        Assert.Equal(FailureKind.Archive, error.Kind);
        Assert.Equal(path, error.File);
    }

    [Fact]
    public async Task Read_StreamCutInsideAMark_IsNoEnd()
    {
        string path = Write("stream", 1000, 2);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, [.. bytes, 0x80, 0]);

        LedgerException error = await ErrorAsync(path);

        Assert.Equal(LedgerErrorCode.Frame, error.Code);
        Assert.Equal(bytes.Length, error.ByteOffset);
    }

    [Fact]
    public async Task Read_OtherBytes_AreNoLedger()
    {
        string text = Path.Combine(folder.Path, "text");
        File.WriteAllText(text, "These are no ledgers, and there is no frame either.");
        string fragment = Path.Combine(folder.Path, "fragment");
        byte[] bytes = File.ReadAllBytes(Write("stream", 1000, 2));
        bytes[LedgerSamples.BytesOf(1000).Length + 4] = 0;
        File.WriteAllBytes(fragment, bytes);

        Assert.Equal(LedgerErrorCode.Format, (await ErrorAsync(text)).Code);
        Assert.Equal(LedgerErrorCode.Frame, (await ErrorAsync(fragment)).Code);
        Assert.Equal(LedgerErrorCode.ReadFailed, (await ErrorAsync(Path.Combine(folder.Path, "absent"))).Code);
    }

    [Fact]
    public async Task Read_CallerStopsEarly_GivesAllMemoryBack()
    {
        await using LedgerStreamSource source = Of(Write("stream.zst", 1000, 60));
        await foreach (LedgerBuffer ledger in source.ReadAsync(LedgerRange.All))
        {
            ledger.Dispose();
            if (ledger.Sequence == 1005)
                break;
        }

        Assert.Equal(0, source.Budget.LentBytes);
    }
}
