using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Archive.Buckets;

/// <summary>Decodes a record that nobody behind the merge will decode, so that every record of an archive is decoded once.</summary>
internal static class LedgerEntryCheck
{
    /// <summary>Refuses a record whose value is not exactly one ledger entry. DEAD records were checked by the reader already.</summary>
    /// <param name="record">The reader, which stands at the record.</param>
    /// <exception cref="ArchiveException">The record is malformed (codes XDR_FORMAT, REC_TRAILING).</exception>
    public static void Require(BucketReader record)
    {
        if (record.Arm == BucketArm.Dead)
            return;
        try
        {
            LedgerEntryView.Parse(record.Entry);
        }
        catch (XdrFormatException error)
        {
            throw ArchiveThrow.RecordFormat(record.Place, "LedgerEntry", error, record.LedgerProtocol);
        }
    }
}
