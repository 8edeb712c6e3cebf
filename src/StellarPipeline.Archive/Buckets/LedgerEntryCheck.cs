using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Archive.Buckets;

/// <summary>Decodes a record that no later stage decodes, so that every record of an archive is decoded once.</summary>
internal static class LedgerEntryCheck
{
    /// <summary>Throws if a record's value is not exactly one ledger entry. The reader has already checked DEAD records.</summary>
    /// <param name="record">The reader, positioned at the record.</param>
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
