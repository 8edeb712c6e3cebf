using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Projections.State;

/// <summary>Decides which changes of an account's entry count.</summary>
internal static class AccountChange
{
    /// <summary>Compares an account before and after a change.</summary>
    /// <param name="before">The entry before.</param>
    /// <param name="after">The entry after.</param>
    /// <param name="isBesideOperations">True for a change before or after a transaction's operations.</param>
    /// <returns>True if the change counts.</returns>
    public static bool Counts(in LedgerEntryView before, in LedgerEntryView after, bool isBesideOperations)
    {
        AccountEntryView old = before.AsAccount();
        AccountEntryView now = after.AsAccount();
        bool hasOtherRow = old.Balance != now.Balance
            || old.SubEntryCount != now.SubEntryCount
            || old.BuyingLiabilities != now.BuyingLiabilities
            || old.SellingLiabilities != now.SellingLiabilities
            || old.NumSponsored != now.NumSponsored
            || old.NumSponsoring != now.NumSponsoring;
        if (hasOtherRow || isBesideOperations) return hasOtherRow;

        // Everything except the signers; the first field is the ledger of the last change.
        return before.LastModifiedLedgerSeq != after.LastModifiedLedgerSeq
            || old.SequenceNumber != now.SequenceNumber
            || old.SequenceLedger != now.SequenceLedger
            || old.SequenceTime != now.SequenceTime
            || old.Flags != now.Flags
            || !old.Thresholds.SequenceEqual(now.Thresholds)
            || !old.HomeDomain.SequenceEqual(now.HomeDomain)
            || !old.InflationDestination.SequenceEqual(now.InflationDestination)
            || !before.SponsoringId.SequenceEqual(after.SponsoringId);
    }
}
