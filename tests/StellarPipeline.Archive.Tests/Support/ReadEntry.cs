namespace StellarPipeline.Archive.Tests.Support;

/// <summary>One entry as it came out of a read.</summary>
internal sealed record ReadEntry(byte[] LedgerEntry, int BucketIndex, long RecordOffset)
{
    public string Text => Convert.ToHexString(LedgerEntry);
}
