using System.Text;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Archive.Tests;

/// <summary>What a file is that is not what an archive holds: the cheaper explanation before "damaged".</summary>
public sealed class ContentHintTests
{
    public static TheoryData<byte[], string> Others => new()
    {
        { "<!DOCTYPE html><html>Sign in</html>"u8.ToArray(), "It is a web page" },
        { "\r\n <HTML>"u8.ToArray(), "It is a web page" },
        { "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"u8.ToArray(), "It is XML" },
        { "version https://git-lfs.github.com/spec/v1\n"u8.ToArray(), "It is a Git LFS pointer" },
        { [0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3, 4], "It is compressed with zstd" },
        { [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4], "It is compressed with xz" },
        { new byte[100], "It begins with zeros" },
        { "{\"version\": 1}"u8.ToArray(), "It is JSON text" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task OpenCheckpoint_HeadersAreSomethingElse_SaysWhat(byte[] content, string words)
    {
        using var archive = TestArchive.OfBuckets([new AccountBuilder().Live()]);
        await File.WriteAllBytesAsync(archive.Written.LedgerPath, content);

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => archive.ProveAsync());

        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("damaged", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html>Sign in</html>", "It is a web page")]
    [InlineData("", "It is empty")]
    [InlineData("{\"error\": \"not found\"}", "the server stores other JSON under this name: check the URL")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "It is a Git LFS pointer")]
    public async Task LatestCheckpoint_StateIsSomethingElse_SaysWhat(string content, string words)
    {
        using var archive = TestArchive.OfBuckets([new AccountBuilder().Live()]);
        await File.WriteAllTextAsync(archive.Written.RootStatePath, content);

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => archive.Open().LatestCheckpointAsync());

        Assert.Equal(ArchiveErrorCode.StateJson, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LatestCheckpoint_StatePackedOrWithAByteOrderMark_IsRead(bool isPacked)
    {
        using var archive = TestArchive.OfBuckets([new AccountBuilder().Live()]);
        byte[] state = await File.ReadAllBytesAsync(archive.Written.RootStatePath);
        if (isPacked)
            GzipFiles.Write(archive.Written.RootStatePath, state);
        else
            await File.WriteAllBytesAsync(archive.Written.RootStatePath, [.. Encoding.UTF8.GetPreamble(), .. state]);

        Assert.Equal(63U, await archive.Open().LatestCheckpointAsync());
    }

    [Theory]
    [InlineData(8U, 64, 127U, 8)]
    [InlineData(64U, 8, 127U, 64)]
    [InlineData(8U, 64, 63U, 8)]
    [InlineData(64U, 8, 63U, 64)]
    public async Task OpenCheckpoint_OtherFrequencyThanTheFilesShow_SaysWhich(uint frequency, int expected, uint checkpoint, int said)
    {
        using var archive = TestArchive.OfBuckets(
            new ArchiveSettings { CheckpointLedger = checkpoint, CheckpointFrequency = frequency }, true, [[new AccountBuilder().Live()]]);

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(
            () => archive.ProveAsync(new HistoryArchiveOptions { Schedule = new CheckpointSchedule(expected) }));

        Assert.Equal((Dataflow.FailureKind.Usage, ArchiveErrorCode.CheckpointFrequency), (error.Kind, error.Code));
        Assert.Contains(FormattableString.Invariant($"CheckpointFrequency {said}."), error.Message, StringComparison.Ordinal);
    }
}
