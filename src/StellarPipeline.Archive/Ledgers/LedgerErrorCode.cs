namespace StellarPipeline.Archive.Ledgers;

/// <summary>The values of <see cref="LedgerException.Code"/>.</summary>
public static class LedgerErrorCode
{
    /// <summary>The location of the ledgers is not supported.</summary>
    public const string Location = "LEDGER_LOCATION";

    /// <summary>An option is out of range, or contradicts the data store.</summary>
    public const string Options = "LEDGER_OPTIONS";

    /// <summary>The data store's configuration file is missing, is not JSON, or has an unknown version or compression.</summary>
    public const string Manifest = "STORE_MANIFEST";

    /// <summary>The data store belongs to another network.</summary>
    public const string Network = "STORE_NETWORK";

    /// <summary>Ledgers are missing, but later ones exist.</summary>
    public const string Missing = "LEDGERS_MISSING";

    /// <summary>The source ends before the last requested ledger.</summary>
    public const string Ended = "LEDGERS_ENDED";

    /// <summary>A server no longer keeps a ledger.</summary>
    public const string Retention = "LEDGER_RETENTION";

    /// <summary>The file or object cannot be read from its device or pipe.</summary>
    public const string ReadFailed = "READ_FAILED";

    /// <summary>Compressed data is damaged or truncated, or has another format.</summary>
    public const string Compression = "OBJECT_COMPRESSION";

    /// <summary>An object is larger than allowed.</summary>
    public const string SizeLimit = "SIZE_LIMIT";

    /// <summary>An object does not contain the ledgers that its name says.</summary>
    public const string ObjectRange = "OBJECT_RANGE";

    /// <summary>A batch does not match its header.</summary>
    public const string Batch = "OBJECT_BATCH";

    /// <summary>A stream ends inside a frame, or a frame is invalid.</summary>
    public const string Frame = "STREAM_FRAME";

    /// <summary>A ledger is not a valid XDR value.</summary>
    public const string Format = "LEDGER_FORMAT";

    /// <summary>A ledger does not follow the previous one.</summary>
    public const string Order = "LEDGER_ORDER";

    /// <summary>A header does not match the hash stored with it.</summary>
    public const string HeaderHash = "HEADER_HASH";

    /// <summary>A transaction set does not match its hash in the header.</summary>
    public const string TransactionSetHash = "TXSET_HASH";

    /// <summary>The results do not match their hash in the header.</summary>
    public const string ResultHash = "RESULT_HASH";

    /// <summary>A header has a value that is impossible after the previous ledger.</summary>
    public const string HeaderValue = "HEADER_VALUE";

    /// <summary>A ledger names another hash than that of the previous ledger.</summary>
    public const string Chain = "LEDGER_CHAIN";

    /// <summary>A ledger's hash differs from the trusted hash, or from the history archive.</summary>
    public const string Anchor = "LEDGER_ANCHOR";

    /// <summary>The history archive has no checkpoint to compare the ledgers with.</summary>
    public const string AnchorMissing = "ANCHOR_MISSING";

    /// <summary>The ledger's protocol is newer than this version of the program.</summary>
    public const string ProtocolUnsupported = "PROTOCOL_UNSUPPORTED";
}
