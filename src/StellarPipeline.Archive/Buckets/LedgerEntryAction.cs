using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Archive.Buckets;

/// <summary>Receives one decoded ledger entry.</summary>
/// <param name="entry">The entry; its memory is valid only during the call.</param>
internal delegate void LedgerEntryAction(in LedgerEntryView entry);
