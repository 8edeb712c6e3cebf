namespace StellarPipeline.Archive.Ledgers;

/// <summary>The values of <see cref="LedgerException.Code"/>.</summary>
public static class LedgerErrorCode
{
    /// <summary>The place of the ledgers is none that can be read.</summary>
    public const string Location = "LEDGER_LOCATION";

    /// <summary>An option is out of its bounds, or contradicts the data store.</summary>
    public const string Options = "LEDGER_OPTIONS";

    /// <summary>The data store's description is missing, no JSON, or asks for what this program does not know.</summary>
    public const string Manifest = "STORE_MANIFEST";

    /// <summary>The data store is that of another network.</summary>
    public const string Network = "STORE_NETWORK";

    /// <summary>Ledgers are missing before others that are there.</summary>
    public const string Missing = "LEDGERS_MISSING";

    /// <summary>The source ends before the last ledger that was asked for.</summary>
    public const string Ended = "LEDGERS_ENDED";

    /// <summary>A server no longer keeps a ledger.</summary>
    public const string Retention = "LEDGER_RETENTION";

    /// <summary>The file or object cannot be read from its device or pipe.</summary>
    public const string ReadFailed = "READ_FAILED";

    /// <summary>Compressed data is damaged or cut, or is no such data.</summary>
    public const string Compression = "OBJECT_COMPRESSION";

    /// <summary>An object is larger than it may be.</summary>
    public const string SizeLimit = "SIZE_LIMIT";

    /// <summary>An object does not hold the ledgers that its name says.</summary>
    public const string ObjectRange = "OBJECT_RANGE";

    /// <summary>A batch is not what its head says.</summary>
    public const string Batch = "OBJECT_BATCH";

    /// <summary>A stream ends inside a frame, or its frames are none that a validator writes.</summary>
    public const string Frame = "STREAM_FRAME";

    /// <summary>A ledger is not the XDR value that it must be.</summary>
    public const string Format = "LEDGER_FORMAT";

    /// <summary>A ledger is not the one after the ledger before it.</summary>
    public const string Order = "LEDGER_ORDER";

    /// <summary>A header does not hash to the hash beside it.</summary>
    public const string HeaderHash = "HEADER_HASH";

    /// <summary>A transaction set does not hash to what the header says.</summary>
    public const string TransactionSetHash = "TXSET_HASH";

    /// <summary>The results do not hash to what the header says.</summary>
    public const string ResultHash = "RESULT_HASH";

    /// <summary>A header has a value that no network agrees on after the ledger before.</summary>
    public const string HeaderValue = "HEADER_VALUE";

    /// <summary>A ledger names another one before it than the one that came before it.</summary>
    public const string Chain = "LEDGER_CHAIN";

    /// <summary>A ledger is another one than the hash that is trusted, or the history archive, says.</summary>
    public const string Anchor = "LEDGER_ANCHOR";

    /// <summary>The history archive has no checkpoint that the ledgers could be compared with.</summary>
    public const string AnchorMissing = "ANCHOR_MISSING";

    /// <summary>The ledger's protocol is newer than this version of the program.</summary>
    public const string ProtocolUnsupported = "PROTOCOL_UNSUPPORTED";
}
