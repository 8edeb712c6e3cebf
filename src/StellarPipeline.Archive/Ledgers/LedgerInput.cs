using System.Buffers;
using System.Buffers.Binary;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>
/// One file, pipe or other stream of ledgers, read forward once: frames, a batch or one ledger; zstd, gzip or uncompressed.
/// </summary>
/// <remarks>
/// The format is detected from the first bytes, not from the name. Frames: RFC 5531, section 11, as stellar-core's METADATA_OUTPUT_STREAM
/// writes them. One caller at a time.
/// </remarks>
internal sealed class LedgerInput : IAsyncDisposable
{
    private const int HeadBytes = 16;
    private const int MarkBytes = 4;
    private const int MaxRoom = 16 << 20;
    private const uint LastFragment = 0x8000_0000;

    private readonly string name;
    private readonly ByteBudget budget;
    private readonly int maxBytes;
    private readonly LedgerWorkbenches benches;
    private readonly byte[] head = new byte[HeadBytes];
    private Stream? content;
    private int headBytes;
    private int headTaken;
    private long position;
    private LedgerFileForm form;
    private LedgerObject? batch;
    private uint nextOfBatch;
    private bool isAtEnd;

    public LedgerInput(string name, ByteBudget budget, int maxBytes, LedgerWorkbenches benches)
    {
        this.name = name;
        this.budget = budget;
        this.maxBytes = maxBytes;
        this.benches = benches;
    }

    /// <summary>Opens the stream and detects its format.</summary>
    /// <param name="stored">The stream, closed with this reader.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="LedgerException">It cannot be read, or is damaged.</exception>
    public async Task OpenAsync(Stream stored, CancellationToken cancellationToken)
    {
        content = stored;
        try
        {
            byte[] start = new byte[Decompressors.StartBytes];
            int bytes =
                await stored.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            content = new LedgerInputStream(start.AsMemory(0, bytes), stored);
            content = Decompressors.Find(start.AsSpan(0, bytes))?.Open(content, name) ?? content;
            headBytes =
                await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            form = LedgerFile.FindForm(head.AsSpan(0, headBytes));
            isAtEnd = headBytes == 0;
        }
        catch (Exception error) when (Explain(error) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>Reads the next ledger.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The ledger; null at the end.</returns>
    /// <exception cref="LedgerException">The stream cannot be read, is truncated or damaged.</exception>
    public async Task<LedgerBuffer?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (batch is not null)
                return TakeOfBatch();
            if (isAtEnd)
                return null;
            if (form == LedgerFileForm.Framed)
                return await ReadFrameAsync(cancellationToken).ConfigureAwait(false);
            await ReadAllAsync(cancellationToken).ConfigureAwait(false);
            return TakeOfBatch();
        }
        catch (Exception error) when (Explain(error) is { } explained)
        {
            throw explained;
        }
    }

    public async ValueTask DisposeAsync()
    {
        batch?.Block.Release();
        batch = null;
        if (content is not null)
            await content.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<LedgerBuffer?> ReadFrameAsync(CancellationToken cancellationToken)
    {
        long start = position;
        byte[] mark = new byte[MarkBytes];
        int bytes = await FillAsync(mark, cancellationToken).ConfigureAwait(false);
        if (bytes == 0)
        {
            isAtEnd = true;
            return null;
        }

        if (bytes < MarkBytes)
            LedgerThrow.Frame(new LedgerFileLocation(name, start), "The stream ends inside the mark of a frame: it was cut off.");
        uint word = BinaryPrimitives.ReadUInt32BigEndian(mark);
        if ((word & LastFragment) == 0)
            LedgerThrow.Frame(new LedgerFileLocation(name, start), "A frame is marked as a fragment, but ledgers are never fragmented.");
        int length = (int)(word & ~LastFragment);
        if (length > maxBytes)
        {
            LedgerThrow.Frame(new LedgerFileLocation(name, start),
                FormattableString.Invariant($"A frame says that it has {length:N0} bytes, more than the limit of {maxBytes:N0}."));
        }

        LedgerBlock block = await ReadBlockAsync(length, start, cancellationToken).ConfigureAwait(false);
        return Wrap(block, length, start + MarkBytes);
    }

    // Memory grows as bytes arrive: a wrong length in a mark costs no memory.
    private async Task<LedgerBlock> ReadBlockAsync(int length, long start, CancellationToken cancellationToken)
    {
        long lent = Math.Min(length, budget.LimitBytes / 4);
        await budget.AcquireAsync(lent, cancellationToken).ConfigureAwait(false);
        byte[] array = ArrayPool<byte>.Shared.Rent(Math.Min(length, MaxRoom));
        try
        {
            int bytes = 0;
            while (bytes < length)
            {
                if (bytes == array.Length)
                    array = Grow(array, bytes);
                int wanted = Math.Min(array.Length, length) - bytes;
                int read = await FillAsync(array.AsMemory(bytes, wanted), cancellationToken).ConfigureAwait(false);
                bytes += read;
                if (read < wanted)
                {
                    LedgerThrow.Frame(
                        new LedgerFileLocation(name, start),
                        FormattableString.Invariant(
                            $"A frame is {length:N0} bytes long, but only {bytes:N0} are left: the stream was cut off."));
                }
            }

            return new LedgerBlock(array, budget, lent);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(array);
            budget.Release(lent);
            throw;
        }
    }

    private LedgerBuffer Wrap(LedgerBlock block, int length, long offset)
    {
        try
        {
            uint sequence = LedgerMeter.ReadSequence(block.Array.AsSpan(0, length));
            return new LedgerBuffer(block, sequence, 0, length, name, offset);
        }
        catch (XdrFormatException error)
        {
            block.Release();
            throw LedgerThrow.Format(new LedgerFileLocation(name, offset), error);
        }
    }

    private async Task ReadAllAsync(CancellationToken cancellationToken)
    {
        long lent = Math.Min(MaxRoom, budget.LimitBytes / 4);
        await budget.AcquireAsync(lent, cancellationToken).ConfigureAwait(false);
        byte[]? array = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            int length = 0;
            while (await FillAsync(array.AsMemory(length), cancellationToken).ConfigureAwait(false) is > 0 and var read)
            {
                length += read;
                if (length > maxBytes)
                    LedgerThrow.TooLarge(name, maxBytes, "contains");
                if (length == array.Length)
                    array = Grow(array, length);
            }

            isAtEnd = true;
            batch = Split(array, length, lent);
            array = null;
            nextOfBatch = batch.First;
        }
        finally
        {
            if (array is not null)
            {
                ArrayPool<byte>.Shared.Return(array);
                budget.Release(lent);
            }
        }
    }

    private LedgerObject Split(byte[] array, int length, long lent)
    {
        ReadOnlySpan<byte> bytes = array.AsSpan(0, length);
        if (form == LedgerFileForm.Batch)
        {
            LedgerWorkbench bench = benches.Take();
            try
            {
                int[] starts = bench.Split(bytes, name, 0, uint.MaxValue, out uint first, out uint last);
                return new LedgerObject(new LedgerBlock(array, budget, lent), name, first, last, starts);
            }
            finally
            {
                benches.Return(bench);
            }
        }

        try
        {
            uint ledger = LedgerMeter.ReadSequence(bytes);
            return new LedgerObject(new LedgerBlock(array, budget, lent), name, ledger, ledger, [0, length]);
        }
        catch (XdrFormatException error)
        {
            throw LedgerThrow.Format(new LedgerFileLocation(name, 0), error);
        }
    }

    private LedgerBuffer TakeOfBatch()
    {
        LedgerBuffer ledger = batch!.Take(nextOfBatch);
        if (nextOfBatch++ == batch.Last)
        {
            batch.Block.Release();
            batch = null;
        }

        return ledger;
    }

    // Fills the whole span, unless the stream ends.
    private async ValueTask<int> FillAsync(Memory<byte> room, CancellationToken cancellationToken)
    {
        int taken = Math.Min(room.Length, headBytes - headTaken);
        head.AsMemory(headTaken, taken).CopyTo(room);
        headTaken += taken;
        int read = taken == room.Length ? 0
            : await content!.ReadAtLeastAsync(room[taken..], room.Length - taken, throwOnEndOfStream: false, cancellationToken)
                .ConfigureAwait(false);
        position += taken + read;
        return taken + read;
    }

    private LedgerException? Explain(Exception error) => error switch
    {
        InvalidDataException or EndOfStreamException or ArchiveException { Kind: FailureKind.Archive } =>
            LedgerThrow.StreamDamaged(new LedgerFileLocation(name, position), error),
        IOException or UnauthorizedAccessException => LedgerThrow.StreamReadFailed(name, error),
        _ => null,
    };

    private static byte[] Grow(byte[] array, int bytes)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * bytes, Array.MaxLength));
        array.AsSpan(0, bytes).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(array);
        return larger;
    }
}
