using System.Buffers;
using StellarPipeline.Archive.Ledgers.Zstd;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>Fetches one object of a data store, decompresses it and splits it into ledgers.</summary>
/// <remarks>Thread-safe. A damaged object is fetched again if another mirror has it.</remarks>
internal sealed class LedgerObjectReader : IDisposable
{
    private const int MaxReadings = 4;
    private const long FirstExpectedBytes = 1 << 20;
    private const int MaxFirstRoom = 16 << 20;

    private readonly IArchiveTransport transport;
    private readonly LedgerStoreLayout layout;
    private readonly string prefix;
    private readonly int maxObjectBytes;
    private readonly ByteBudget budget;
    private readonly LedgerCopies? copies;
    private readonly LedgerWorkbenches benches = new();

    // A store may use both extensions: the one found last is tried first.
    private volatile string likelyExtension = LedgerStoreLayout.Extensions[0];

    public LedgerObjectReader(
        IArchiveTransport transport, LedgerStoreLayout layout, string prefix, int maxObjectBytes, ByteBudget budget, LedgerCopies? copies)
    {
        this.transport = transport;
        this.layout = layout;
        this.prefix = prefix;
        this.maxObjectBytes = maxObjectBytes;
        this.budget = budget;
        this.copies = copies;
    }

    /// <summary>True once the size of an object is known. Until then only one object is read at a time.</summary>
    public bool IsSizeKnown => Interlocked.Read(ref expectedBytes) > 0;

    /// <summary>
    /// Expected size of the next object, stored plus uncompressed, in bytes; at most the budget, which one object may use alone.
    /// </summary>
    public long ExpectedBytes => IsSizeKnown
        ? Math.Min(Interlocked.Read(ref expectedBytes), budget.LimitBytes)
        : Math.Min(FirstExpectedBytes, budget.LimitBytes / 4);

    private long expectedBytes;

    /// <summary>Reads the object that contains a ledger.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="lentBytes">Number of bytes borrowed for it; returned here if no object is returned.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The object; null if the store does not contain it.</returns>
    /// <exception cref="LedgerException">It is damaged.</exception>
    /// <exception cref="ArchiveException">It cannot be read.</exception>
    public async Task<LedgerObject?> ReadAsync(uint ledger, long lentBytes, CancellationToken cancellationToken)
    {
        LedgerObject? read = null;
        try
        {
            string first = likelyExtension;
            read = await ReadAsync(ledger, first, lentBytes, cancellationToken).ConfigureAwait(false);
            foreach (string other in LedgerStoreLayout.Extensions)
            {
                if (read is not null)
                    break;
                if (other == first)
                    continue;
                read = await ReadAsync(ledger, other, lentBytes, cancellationToken).ConfigureAwait(false);
                if (read is not null)
                    likelyExtension = other;
            }

            return read;
        }
        finally
        {
            if (read is null)
                budget.Release(lentBytes);
        }
    }

    /// <summary>Checks whether the object that contains a ledger exists.</summary>
    public async Task<bool> ExistsAsync(uint ledger, CancellationToken cancellationToken)
    {
        foreach (string extension in LedgerStoreLayout.Extensions)
        {
            string path = prefix + layout.PathOf(ledger, extension);
            if ((await ArchiveSizes.FindAsync(transport, path, cancellationToken).ConfigureAwait(false)).IsFound)
                return true;
        }

        return false;
    }

    /// <summary>Reads the stored bytes of an object and discards them.</summary>
    /// <returns>Their number; null if the store does not contain the object.</returns>
    public async Task<long?> SkimAsync(uint ledger, CancellationToken cancellationToken)
    {
        foreach (string extension in LedgerStoreLayout.Extensions)
        {
            string path = prefix + layout.PathOf(ledger, extension);
            if (await transport.OpenAsync(path, offset: 0, cancellationToken).ConfigureAwait(false) is not { } file)
                continue;
            await using (file.ConfigureAwait(false))
            {
                (byte[] stored, int bytes) = await ReadStoredAsync(file, cancellationToken).ConfigureAwait(false);
                ArrayPool<byte>.Shared.Return(stored);
                return bytes;
            }
        }

        return null;
    }

    public void Dispose() => benches.Dispose();

    private async Task<LedgerObject?> ReadAsync(uint ledger, string extension, long lentBytes, CancellationToken cancellationToken)
    {
        string path = prefix + layout.PathOf(ledger, extension);
        for (int reading = 1; ; reading++)
        {
            ArchiveObject? file = null;
            try
            {
                ArchiveObject? copy = copies?.Open(path);
                file = copy ?? await transport.OpenAsync(path, offset: 0, cancellationToken).ConfigureAwait(false);
                if (file is null)
                    return null;
                string? copyTo = copy is null ? path : null;
                return await ReadAsync(file, copyTo, ledger, lentBytes, cancellationToken).ConfigureAwait(false);
            }
            catch (LedgerException error) when (error.Kind == FailureKind.Archive && reading < MaxReadings && IsElsewhere(path, file))
            {
                // The store may have an undamaged object, or another mirror.
            }
            catch (ArchiveException error) when (error.Code == TransportErrorCode.FileChanged && reading < MaxReadings)
            {
                // It was being written: read it again from its start.
            }
            finally
            {
                if (file is not null)
                    await file.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private bool IsElsewhere(string path, ArchiveObject? file) =>
        file is not null
        && (copies?.Discard(file.Location) == true
            || (transport is IArchiveFeedback feedback && feedback.ReportWrongContent(path, file)));

    private async Task<LedgerObject> ReadAsync(
        ArchiveObject file, string? copyTo, uint ledger, long lentBytes, CancellationToken cancellationToken)
    {
        (byte[] stored, int storedBytes) = await ReadStoredAsync(file, cancellationToken).ConfigureAwait(false);
        LedgerWorkbench bench = benches.Take();
        byte[]? content = null;
        try
        {
            content = ZstdUnpacker.Unpack(bench.Decoder, stored.AsSpan(0, storedBytes), maxObjectBytes, file.Location, out int length);
            int[] starts = bench.Split(
                content.AsSpan(0, length), file.Location, layout.FirstOf(ledger), layout.LastOf(ledger), out uint first, out uint last);
            Expect(stored.Length + content.Length);
            if (copyTo is not null)
                copies?.Keep(copyTo, stored.AsSpan(0, storedBytes));
            var block = new LedgerBlock(content, budget, lentBytes);
            content = null;
            return new LedgerObject(block, file.Location, first, last, starts);
        }
        finally
        {
            if (content is not null)
                ArrayPool<byte>.Shared.Return(content);
            ArrayPool<byte>.Shared.Return(stored);
            benches.Return(bench);
        }
    }

    // The largest recent size, which decays slowly: if the expectation is too low, every object on its way overdraws the budget.
    private void Expect(long bytes)
    {
        long expected = Interlocked.Read(ref expectedBytes);
        Interlocked.Exchange(ref expectedBytes, Math.Max(bytes, expected - (expected / 8) + (bytes / 8)));
    }

    private async Task<(byte[] Stored, int Bytes)> ReadStoredAsync(ArchiveObject file, CancellationToken cancellationToken)
    {
        if (file.LengthBytes > maxObjectBytes)
            LedgerThrow.TooLarge(file.Location, maxObjectBytes, "has");

        // One byte more than the file, so that its end is seen without growing the buffer.
        byte[] stored = ArrayPool<byte>.Shared.Rent((int)Math.Min(file.LengthBytes ?? (64 * 1024), MaxFirstRoom) + 1);
        int bytes = 0;
        try
        {
            while (true)
            {
                if (bytes == stored.Length)
                    stored = Grow(stored, bytes);
                int read = await file.Content.ReadAsync(stored.AsMemory(bytes), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    return (stored, bytes);
                bytes += read;
                if (bytes > maxObjectBytes)
                    LedgerThrow.TooLarge(file.Location, maxObjectBytes, "has");
            }
        }
        catch (Exception error)
        {
            ArrayPool<byte>.Shared.Return(stored);
            if (error is IOException or UnauthorizedAccessException)
                throw LedgerThrow.ReadFailed(file.Location, error);
            throw;
        }
    }

    private static byte[] Grow(byte[] stored, int bytes)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * bytes, Array.MaxLength));
        stored.AsSpan(0, bytes).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(stored);
        return larger;
    }
}
