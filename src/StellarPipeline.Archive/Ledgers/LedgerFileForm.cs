namespace StellarPipeline.Archive.Ledgers;

/// <summary>How ledgers are stored in a file.</summary>
internal enum LedgerFileForm
{
    /// <summary>One LedgerCloseMeta and nothing else.</summary>
    OneLedger,

    /// <summary>One LedgerCloseMeta per record-marked frame (RFC 5531, section 11), as validators stream them.</summary>
    Framed,

    /// <summary>One LedgerCloseMetaBatch: an object of a SEP-54 data store.</summary>
    Batch,
}
