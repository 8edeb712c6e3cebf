namespace StellarPipeline.Archive;

/// <summary>The values of <see cref="ArchiveException.Code"/>.</summary>
public static class ArchiveErrorCode
{
    /// <summary>The archive's location is neither a folder nor a supported URL.</summary>
    public const string Location = "ARCHIVE_LOCATION";

    /// <summary>An option is out of range.</summary>
    public const string Options = "OPTIONS";

    /// <summary>The operating system refused to read a file.</summary>
    public const string ReadFailed = "READ_FAILED";

    /// <summary>The checkpoint frequency is not supported, or does not match the archive.</summary>
    public const string CheckpointFrequency = "CHECKPOINT_FREQUENCY";

    /// <summary>The ledger is not the last one of a checkpoint.</summary>
    public const string CheckpointSequence = "CHECKPOINT_SEQ";

    /// <summary>The archive has no state file for the checkpoint, or none at all.</summary>
    public const string StateMissing = "HAS_MISSING";

    /// <summary>The archive exists and has not published a checkpoint yet.</summary>
    public const string NothingPublished = "HAS_EMPTY";

    /// <summary>The archive state is not valid JSON of the expected form.</summary>
    public const string StateJson = "HAS_JSON";

    /// <summary>The version of the archive state is neither 1 nor 2, or does not match the protocol of its ledger.</summary>
    public const string StateVersion = "HAS_VERSION";

    /// <summary>A bucket list of the archive state does not have eleven levels of two hashes each.</summary>
    public const string StateLevels = "HAS_LEVELS";

    /// <summary>The archive state belongs to another ledger.</summary>
    public const string StateSequence = "HAS_SEQ";

    /// <summary>The archive belongs to another network, or does not name its network.</summary>
    public const string StateNetwork = "HAS_NETWORK";

    /// <summary>The ledger-header file of the checkpoint is missing.</summary>
    public const string HeadersMissing = "HEADER_MISSING";

    /// <summary>A ledger header does not match the hash stored with it, or the trusted hash.</summary>
    public const string HeaderHash = "HEADER_HASH";

    /// <summary>A second archive, used to confirm a ledger header, has a header with another hash.</summary>
    public const string HeaderNotConfirmed = "HEADER_NOT_CONFIRMED";

    /// <summary>The checkpoint is older than allowed.</summary>
    public const string CheckpointAge = "CHECKPOINT_AGE";

    /// <summary>Ledger headers do not follow each other.</summary>
    public const string HeaderChain = "HEADER_CHAIN";

    /// <summary>The ledger-header file does not contain exactly the ledgers of its checkpoint.</summary>
    public const string HeaderCount = "HEADER_COUNT";

    /// <summary>
    /// A ledger header has a value that is impossible after the previous ledger: its form, close time or protocol version.
    /// </summary>
    public const string HeaderValue = "HEADER_VALUE";

    /// <summary>
    /// The ledger's protocol is newer than this version of the program supports, or the data can only come from such a protocol.
    /// </summary>
    public const string ProtocolUnsupported = "PROTOCOL_UNSUPPORTED";

    /// <summary>The buckets in the archive state do not match the hash in the ledger header.</summary>
    public const string BucketListHash = "BUCKETLIST_HASH";

    /// <summary>The archive does not contain a bucket that its state names.</summary>
    public const string BucketMissing = "BUCKET_MISSING";

    /// <summary>The SHA-256 of a bucket's content does not match its name.</summary>
    public const string BucketHash = "BUCKET_HASH";

    /// <summary>Compressed data is damaged.</summary>
    public const string GzipCorrupt = "GZIP_CORRUPT";

    /// <summary>Compressed data ends too early.</summary>
    public const string GzipTruncated = "GZIP_TRUNCATED";

    /// <summary>Other data follows the compressed data.</summary>
    public const string GzipTrailing = "GZIP_TRAILING";

    /// <summary>A file is larger than allowed.</summary>
    public const string SizeLimit = "SIZE_LIMIT";

    /// <summary>The four-byte mark before a record is invalid.</summary>
    public const string RecordHeader = "REC_HEADER";

    /// <summary>A file ends inside a record.</summary>
    public const string RecordTruncated = "REC_TRUNCATED";

    /// <summary>A record has extra bytes after its value.</summary>
    public const string RecordTrailing = "REC_TRAILING";

    /// <summary>A record is not a valid XDR value of the expected type.</summary>
    public const string XdrFormat = "XDR_FORMAT";

    /// <summary>A bucket has a metadata record that is not its first record.</summary>
    public const string MetadataPosition = "META_POSITION";

    /// <summary>A hot-archive bucket has no metadata record.</summary>
    public const string MetadataMissing = "META_MISSING";

    /// <summary>The metadata record belongs to the other bucket list, or names no list.</summary>
    public const string MetadataType = "META_TYPE";

    /// <summary>The metadata record names a protocol older than 11, or newer than the checkpoint's ledger.</summary>
    public const string MetadataVersion = "META_VERSION";

    /// <summary>A bucket from before protocol 11 holds an INIT record.</summary>
    public const string InitProtocol = "INIT_PROTOCOL";

    /// <summary>A key sorts before the previous key.</summary>
    public const string Order = "ORDER";

    /// <summary>A key occurs twice in one bucket.</summary>
    public const string Duplicate = "DUPLICATE";

    /// <summary>An entry was created while an older version of it exists.</summary>
    public const string Lifecycle = "LIFECYCLE";

    /// <summary>An entry is in a bucket list that cannot contain entries of its type.</summary>
    public const string WrongList = "WRONG_LIST";

    /// <summary>A bucket was not read to its end although nothing failed: a bug in this library.</summary>
    public const string NotReadToEnd = "NOT_READ_TO_END";

    /// <summary>An entry is well-formed but holds a value that the ledger does not allow.</summary>
    public const string EntrySanity = "ENTRY_SANITY";
}
