using System.Buffers.Binary;
using System.Collections.Concurrent;
using StellarPipeline.Archive.Ledgers.Zstd;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>A decompressor and a meter for splitting objects, reused for the next object. One caller at a time.</summary>
internal sealed class LedgerWorkbench : IDisposable
{
    private const int HeadBytes = 12;

    private readonly LedgerMeter meter = new();

    public IZstdDecoder Decoder { get; } = ZstdDecoders.Create();

    /// <summary>Finds the ledgers of a LedgerCloseMetaBatch.</summary>
    /// <param name="content">The batch, and nothing else.</param>
    /// <param name="file">Name for messages.</param>
    /// <param name="pathFirst">The first ledger according to the object's name.</param>
    /// <param name="pathLast">The last ledger according to the object's name.</param>
    /// <param name="first">The first ledger.</param>
    /// <param name="last">The last ledger.</param>
    /// <returns>Where each ledger begins; the last item is the end of the last ledger.</returns>
    /// <exception cref="LedgerException">The batch is damaged, or contains other ledgers.</exception>
    public int[] Split(ReadOnlySpan<byte> content, string file, uint pathFirst, uint pathLast, out uint first, out uint last)
    {
        if (content.Length < HeadBytes)
            LedgerThrow.Batch(file, 0, FormattableString.Invariant($"The batch has {content.Length} bytes, fewer than its head."));
        first = BinaryPrimitives.ReadUInt32BigEndian(content);
        last = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
        uint count = BinaryPrimitives.ReadUInt32BigEndian(content[8..]);
        if (first < pathFirst || last > pathLast || last < first)
            LedgerThrow.ObjectRange(file, pathFirst, pathLast, first, last);

        // The numbers in the head are trusted only as far as there are bytes for them.
        if (count != last - first + 1UL || count > (content.Length - HeadBytes) / sizeof(uint))
        {
            LedgerThrow.Batch(file, 8,
                FormattableString.Invariant($"The batch's head says {count} ledgers, from {first} to {last}, in {content.Length} bytes."));
        }

        int[] starts = new int[count + 1];
        starts[0] = HeadBytes;
        for (int index = 0; index < count; index++)
        {
            int start = starts[index];
            bool isOnly = count == 1;
            uint expected = first + (uint)index;
            starts[index + 1] = start + Measure(content[start..], isOnly, expected, file, start);
        }

        if (starts[count] != content.Length)
        {
            LedgerThrow.Batch(file, starts[count],
                FormattableString.Invariant($"The batch ends here, but {content.Length - starts[count]} more bytes follow."));
        }

        return starts;
    }

    public void Dispose() => Decoder.Dispose();

    // The only ledger of a batch must end with the batch; its reader detects if it does not.
    private int Measure(ReadOnlySpan<byte> rest, bool isOnly, uint expected, string file, int start)
    {
        try
        {
            uint found;
            int length = rest.Length;
            if (isOnly)
                found = LedgerMeter.ReadSequence(rest);
            else
                length = meter.Measure(rest, out found);
            if (found != expected)
                LedgerThrow.LedgerOfBatch(new LedgerFileLocation(file, start), expected, found);
            return length;
        }
        catch (LedgerFormatException error)
        {
            throw LedgerThrow.Format(new LedgerFileLocation(file, start), error);
        }
        catch (XdrFormatException error)
        {
            throw LedgerThrow.Format(new LedgerFileLocation(file, start), error);
        }
    }
}

/// <summary>Workbenches that are not in use.</summary>
internal sealed class LedgerWorkbenches : IDisposable
{
    private readonly ConcurrentBag<LedgerWorkbench> free = [];
    private volatile bool isDisposed;

    public LedgerWorkbench Take() => free.TryTake(out LedgerWorkbench? bench) ? bench : new LedgerWorkbench();

    public void Return(LedgerWorkbench bench)
    {
        if (isDisposed)
            bench.Dispose();
        else
            free.Add(bench);
    }

    public void Dispose()
    {
        isDisposed = true;
        while (free.TryTake(out LedgerWorkbench? bench))
            bench.Dispose();
    }
}
