using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Buckets;

public sealed class EntryRejectionTests
{
    [Theory]
    [InlineData("balance", ArchiveErrorCode.XdrFormat)]
    [InlineData("end", ArchiveErrorCode.RecordTrailing)]
    public async Task MalformedEntry_SaysWhereTheEntryLies(string field, string code)
    {
        ArchiveException error = await RejectAsync((source, record) =>
            source.MalformedEntry(record, new XdrFormatException("AccountEntry", field, 44, "It is wrong.")));

        Assert.Equal(code, error.Code);
        Assert.Contains($"AccountEntry.{field}", error.Message, StringComparison.Ordinal);
        Assert.IsType<XdrFormatException>(error.InnerException);
    }

    [Fact]
    public async Task RefusedEntry_SaysWhereTheEntryLies()
    {
        ArchiveException error = await RejectAsync((source, record) => source.RefusedEntry(record, "the balance is negative."));

        Assert.Equal(ArchiveErrorCode.EntrySanity, error.Code);
        Assert.Contains("the balance is negative.", error.Message, StringComparison.Ordinal);
    }

    private delegate ArchiveException Rejection(CheckpointEntrySource source, EntryRecord record);

    // The error of a read whose consumer rejects the second entry: it ends the read, as it is.
    private static async Task<ArchiveException> RejectAsync(Rejection reject)
    {
        using var archive = TestArchive.OfBuckets([BucketRuleTests.Account(1).Live(), BucketRuleTests.Account(2).Live()]);
        var source = CheckpointEntrySource.Create(archive.Open(), await archive.ProveAsync());

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => source.ReadAsync(Emit, CancellationToken.None));

        Assert.Equal(Dataflow.FailureKind.Archive, error.Kind);
        Assert.Equal(source.Buckets[0].FileName, error.File);
        Assert.Equal(120, error.ByteOffset);
        Assert.Contains(source.DescribeLocation(0, 120), error.Message, StringComparison.Ordinal);
        return error;

        ValueTask Emit(EntryChunk chunk, CancellationToken cancellationToken)
        {
            using (chunk)
            {
                EntryChunk.Enumerator entries = chunk.GetEnumerator();
                Assert.True(entries.MoveNext() && entries.MoveNext());
                throw reject(source, entries.Current);
            }
        }
    }
}
