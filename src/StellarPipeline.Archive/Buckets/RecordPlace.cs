namespace StellarPipeline.Archive.Buckets;

/// <summary>Where a record is, for messages.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Context">The position of a bucket in its list; null for other files.</param>
/// <param name="Record">The record's number, from 1.</param>
/// <param name="ByteOffset">Where its mark begins, in uncompressed bytes.</param>
internal readonly record struct RecordPlace(string File, string? Context, long Record, long ByteOffset)
{
    /// <summary>
    /// Text for messages: <c>record 912 at byte 233,472 of bucket-77aa….xdr.gz (uncompressed offset; live level 3 snap)</c>.
    /// </summary>
    public override string ToString() => FormattableString.Invariant(
        $"record {Record:N0} at byte {ByteOffset:N0} of {File} (uncompressed offset{(Context is null ? "" : "; " + Context)})");
}
