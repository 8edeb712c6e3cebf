using System.Buffers.Binary;
using System.Globalization;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>Reads one ledger of a file.</summary>
/// <param name="ledger">Bytes that start with the ledger.</param>
/// <param name="isWhole">True if nothing follows the ledger; false in a batch, which does not store the lengths of its ledgers.</param>
/// <param name="location">Where it is stored, for messages.</param>
/// <returns>Length of the ledger in bytes; a negative number stops the iteration.</returns>
internal delegate int LedgerVisitor(ReadOnlySpan<byte> ledger, bool isWhole, LedgerFileLocation location);

/// <summary>Where a ledger is stored in a file.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="ByteOffset">Bytes from the start of the uncompressed content.</param>
public sealed record LedgerFileLocation(string File, long ByteOffset)
{
    /// <summary>The location as text for messages.</summary>
    /// <returns>File and offset.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}, from byte {ByteOffset:N0} of its content");
}

/// <summary>
/// A file of ledgers in memory, stored as gzip, zstd or uncompressed: one ledger, record-marked frames, or a batch of a data store.
/// </summary>
/// <remarks>Format and compression are detected from the content, not from the name.</remarks>
internal sealed class LedgerFile
{
    /// <summary>
    /// Size limit of the content in bytes (1 GiB): a ledger has a few megabytes, a data-store object rarely more than a few hundred.
    /// </summary>
    public const int MaxContentBytes = 1 << 30;

    private const int FrameHeadBytes = 4;
    private const int BatchHeadBytes = 12;
    private const int BlockBytes = 1 << 20;
    private const uint LastFragment = 0x80000000;
    private const uint CloseMetaVersionLast = 2;

    private readonly string name;
    private readonly byte[] content;
    private readonly int length;

    private LedgerFile(string name, byte[] content, int length)
    {
        this.name = name;
        this.content = content;
        this.length = length;
        Form = FindForm(Content);
    }

    /// <summary>How the ledgers are stored in the file.</summary>
    public LedgerFileForm Form { get; }

    /// <summary>The uncompressed content.</summary>
    public ReadOnlySpan<byte> Content => content.AsSpan(0, length);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The file with its content.</returns>
    /// <exception cref="LedgerFileException">The file does not exist, cannot be read, is damaged or too large.</exception>
    public static LedgerFile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string format = "";
        try
        {
            using var stored = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            Span<byte> start = stackalloc byte[Decompressors.StartBytes];
            int startBytes = stored.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            stored.Position = 0;
            IDecompressor? decompressor = Decompressors.Find(start[..startBytes]);
            format = decompressor is null ? "" : $" as {decompressor.Name}";
            using Stream input = decompressor?.Open(stored, path) ?? stored;
            return ReadAll(path, input);
        }
        catch (ArchiveException error)
        {
            throw new LedgerFileException(error.Kind, $"{path} cannot be read{format}: {error.Message}", error);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw new LedgerFileException(FailureKind.Archive, $"{path} cannot be read{format}: {error.Message} Fetch the file again.",
                error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LedgerFileException(FailureKind.Usage,
                $"{path} cannot be read: {error.Message} Give a file that exists and can be read.", error);
        }
    }

    /// <summary>Wraps content that is in memory.</summary>
    /// <param name="name">Name for messages.</param>
    /// <param name="content">The uncompressed content.</param>
    /// <returns>The file.</returns>
    public static LedgerFile Of(string name, byte[] content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return new LedgerFile(name, content, content.Length);
    }

    /// <summary>Visits the ledgers of the file, in order.</summary>
    /// <param name="visit">Called for each.</param>
    /// <exception cref="LedgerFileException">The file ends inside a frame, or a batch does not match its header.</exception>
    public void Each(LedgerVisitor visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        switch (Form)
        {
            case LedgerFileForm.Framed:
                EachFrame(visit);
                break;
            case LedgerFileForm.Batch:
                EachOfBatch(visit);
                break;
            default:
                visit(Content, isWhole: true, new LedgerFileLocation(name, 0));
                break;
        }
    }

    private static LedgerFile ReadAll(string path, Stream input)
    {
        byte[] content = new byte[BlockBytes];
        int length = 0;
        while (true)
        {
            if (length == content.Length)
            {
                if (length >= MaxContentBytes)
                {
                    throw new LedgerFileException(FailureKind.Archive,
                        $"{path} contains more than {MaxContentBytes:N0} bytes, the limit for a file of ledgers. Give a "
                            + $"smaller one.");
                }

                Array.Resize(ref content, Math.Min(MaxContentBytes, 2 * length));
            }

            int read = input.Read(content, length, content.Length - length);
            if (read == 0) return new LedgerFile(path, content, length);
            length += read;
        }
    }

    // The head of a frame has its top bit set; a version or ledger number has not. A batch begins with its first and last ledger and their
    // count, which agree; a ledger begins with its version and an extension that is 0 or 1 and followed by 0, so it never looks like a
    // batch.
    internal static LedgerFileForm FindForm(ReadOnlySpan<byte> content)
    {
        if (content.Length >= FrameHeadBytes && (BinaryPrimitives.ReadUInt32BigEndian(content) & LastFragment) != 0)
            return LedgerFileForm.Framed;
        if (content.Length < BatchHeadBytes + 4) return LedgerFileForm.OneLedger;
        uint first = BinaryPrimitives.ReadUInt32BigEndian(content);
        uint last = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
        uint count = BinaryPrimitives.ReadUInt32BigEndian(content[8..]);
        uint version = BinaryPrimitives.ReadUInt32BigEndian(content[BatchHeadBytes..]);
        bool isBatch = first > 0 && last >= first && count == last - first + 1 && version <= CloseMetaVersionLast;
        return isBatch ? LedgerFileForm.Batch : LedgerFileForm.OneLedger;
    }

    private void EachFrame(LedgerVisitor visit)
    {
        for (int position = 0; position < length;)
        {
            var location = new LedgerFileLocation(name, position);
            if (length - position < FrameHeadBytes) throw Damaged(location, "The file ends inside the head of a frame.");
            uint head = BinaryPrimitives.ReadUInt32BigEndian(Content[position..]);
            if ((head & LastFragment) == 0) throw Damaged(location, "A frame is marked as a fragment, but ledgers are never fragmented.");
            uint bytes = head & ~LastFragment;
            position += FrameHeadBytes;
            if (bytes > length - position)
            {
                throw Damaged(location, string.Create(CultureInfo.InvariantCulture,
                    $"A frame is {bytes:N0} bytes long, but only {length - position:N0} are left."));
            }

            if (visit(Content.Slice(position, (int)bytes), isWhole: true, location) < 0) return;
            position += (int)bytes;
        }
    }

    private void EachOfBatch(LedgerVisitor visit)
    {
        uint count = BinaryPrimitives.ReadUInt32BigEndian(Content[8..]);
        int position = BatchHeadBytes;
        for (uint ledger = 0; ledger < count; ledger++)
        {
            if (position == length)
            {
                throw Damaged(new LedgerFileLocation(name, position),
                    $"The batch says that it contains {count} ledgers, but it has only {ledger}.");
            }

            int bytes = visit(Content[position..], isWhole: false, new LedgerFileLocation(name, position));
            if (bytes < 0) return;
            position += bytes;
        }

        if (position != length)
            throw Damaged(new LedgerFileLocation(name, position), $"The batch ends here, but {length - position} more bytes follow.");
    }

    private static LedgerFileException Damaged(LedgerFileLocation location, string problem) =>
        new(FailureKind.Archive, $"{problem} ({location}) Fetch the file again.");
}
