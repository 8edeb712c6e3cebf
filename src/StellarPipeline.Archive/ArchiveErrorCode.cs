namespace StellarPipeline.Archive;

/// <summary>The values of <see cref="ArchiveException.Code"/>.</summary>
public static class ArchiveErrorCode
{
    /// <summary>The place of the archive is no folder and no URL that can be read.</summary>
    public const string Location = "ARCHIVE_LOCATION";

    /// <summary>An option is out of its bounds.</summary>
    public const string Options = "OPTIONS";

    /// <summary>The operating system refused to read a file.</summary>
    public const string ReadFailed = "READ_FAILED";

    /// <summary>The checkpoint frequency is not a supported number, or not the archive's.</summary>
    public const string CheckpointFrequency = "CHECKPOINT_FREQUENCY";

    /// <summary>The ledger does not end a checkpoint.</summary>
    public const string CheckpointSequence = "CHECKPOINT_SEQ";

    /// <summary>The archive has no state file for the checkpoint, or none at all.</summary>
    public const string StateMissing = "HAS_MISSING";

    /// <summary>The archive exists and has not published a checkpoint yet.</summary>
    public const string NothingPublished = "HAS_EMPTY";

    /// <summary>The archive state is not the JSON text it must be.</summary>
    public const string StateJson = "HAS_JSON";

    /// <summary>The archive state has a version other than 1 and 2, or one that does not fit its ledger's protocol.</summary>
    public const string StateVersion = "HAS_VERSION";

    /// <summary>A bucket list of the archive state has not eleven levels of two hashes.</summary>
    public const string StateLevels = "HAS_LEVELS";

    /// <summary>The archive state is that of another ledger.</summary>
    public const string StateSequence = "HAS_SEQ";

    /// <summary>The archive is that of another network, or does not say of which.</summary>
    public const string StateNetwork = "HAS_NETWORK";

    /// <summary>The ledger-header file of the checkpoint is missing.</summary>
    public const string HeadersMissing = "HEADER_MISSING";

    /// <summary>A ledger header does not hash to the hash beside it, or to the trusted one.</summary>
    public const string HeaderHash = "HEADER_HASH";

    /// <summary>Another archive, which was to confirm a ledger header, has a header with another hash.</summary>
    public const string HeaderNotConfirmed = "HEADER_NOT_CONFIRMED";

    /// <summary>The checkpoint is older than it may be.</summary>
    public const string CheckpointAge = "CHECKPOINT_AGE";

    /// <summary>Ledger headers do not follow each other.</summary>
    public const string HeaderChain = "HEADER_CHAIN";

    /// <summary>The ledger-header file does not hold exactly its checkpoint's ledgers.</summary>
    public const string HeaderCount = "HEADER_COUNT";

    /// <summary>
    /// A ledger header has a value that no network agrees on after the ledger before: another form, another time, another protocol.
    /// </summary>
    public const string HeaderValue = "HEADER_VALUE";

    /// <summary>The ledger's protocol is newer than this version of the program, or what was read can only be of such a protocol.</summary>
    public const string ProtocolUnsupported = "PROTOCOL_UNSUPPORTED";

    /// <summary>The buckets that the archive state names are not those that the ledger header commits to.</summary>
    public const string BucketListHash = "BUCKETLIST_HASH";

    /// <summary>A bucket that the archive state names is not there.</summary>
    public const string BucketMissing = "BUCKET_MISSING";

    /// <summary>The content of a bucket does not hash to its name.</summary>
    public const string BucketHash = "BUCKET_HASH";

    /// <summary>Compressed data is damaged.</summary>
    public const string GzipCorrupt = "GZIP_CORRUPT";

    /// <summary>Compressed data ends too early.</summary>
    public const string GzipTruncated = "GZIP_TRUNCATED";

    /// <summary>Something follows the compressed data.</summary>
    public const string GzipTrailing = "GZIP_TRAILING";

    /// <summary>A file is larger than it may be.</summary>
    public const string SizeLimit = "SIZE_LIMIT";

    /// <summary>The mark before a record is not one that an archive may hold.</summary>
    public const string RecordHeader = "REC_HEADER";

    /// <summary>A file ends inside a record.</summary>
    public const string RecordTruncated = "REC_TRUNCATED";

    /// <summary>A record holds more bytes than its value.</summary>
    public const string RecordTrailing = "REC_TRAILING";

    /// <summary>A record is not the XDR value it must be.</summary>
    public const string XdrFormat = "XDR_FORMAT";

    /// <summary>A bucket has a metadata record that is not its first record.</summary>
    public const string MetadataPosition = "META_POSITION";

    /// <summary>A hot-archive bucket has no metadata record.</summary>
    public const string MetadataMissing = "META_MISSING";

    /// <summary>The metadata record is that of a bucket of another list, or of no list.</summary>
    public const string MetadataType = "META_TYPE";

    /// <summary>The metadata record names a protocol that its ledger, or its own presence, contradicts.</summary>
    public const string MetadataVersion = "META_VERSION";

    /// <summary>A bucket from before protocol 11 holds an INIT record.</summary>
    public const string InitProtocol = "INIT_PROTOCOL";

    /// <summary>A key sorts before the key in front of it.</summary>
    public const string Order = "ORDER";

    /// <summary>A key occurs twice in one bucket.</summary>
    public const string Duplicate = "DUPLICATE";

    /// <summary>An entry was created while an older version of it exists.</summary>
    public const string Lifecycle = "LIFECYCLE";

    /// <summary>An entry is in a list that may not hold entries of its kind.</summary>
    public const string WrongList = "WRONG_LIST";

    /// <summary>A bucket was not read to its end although nothing failed: a fault of this library.</summary>
    public const string NotReadToEnd = "NOT_READ_TO_END";

    /// <summary>An entry is well-formed but holds a value that the ledger does not allow.</summary>
    public const string EntrySanity = "ENTRY_SANITY";
}
