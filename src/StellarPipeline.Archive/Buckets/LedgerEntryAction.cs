using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Archive.Buckets;

/// <summary>Takes one decoded ledger entry.</summary>
/// <param name="entry">The entry; its memory is only valid during the call.</param>
internal delegate void LedgerEntryAction(in LedgerEntryView entry);
