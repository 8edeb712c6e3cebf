using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections;

/// <summary>Where the entries of some rows come from: a stretch of the merged checkpoint, from one record of a bucket to another.</summary>
internal sealed class EntryPlace(
    CheckpointEntrySource source, (int BucketIndex, long RecordOffset) first, (int BucketIndex, long RecordOffset) last) : IRowPlace
{
    /// <inheritdoc/>
    public IRowPlace JoinedWith(IRowPlace other) => new EntryPlace(source, first, other is EntryPlace place ? place.End : last);

    /// <inheritdoc/>
    public override string ToString() => first == last
        ? source.DescribeLocation(first.BucketIndex, first.RecordOffset)
        : $"entries from {source.DescribeLocation(first.BucketIndex, first.RecordOffset)} to "
            + $"{source.DescribeLocation(last.BucketIndex, last.RecordOffset)}, in the order of their keys";

    private (int BucketIndex, long RecordOffset) End => last;
}
