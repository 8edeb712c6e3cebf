using System.Runtime.CompilerServices;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>A SEP-54 data store in a folder or on a server.</summary>
/// <remarks>
/// Objects are fetched ahead, decompressed and split on other threads, and returned in order. Memory that is in use and not returned is
/// limited by <see cref="LedgerStoreOptions.BudgetBytes"/>; the size of the next objects is estimated from earlier ones.
/// </remarks>
public sealed class LedgerStore : ILedgerSource
{
    private readonly IArchiveTransport transport;
    private readonly LedgerStoreOptions options;
    private readonly LedgerObjectReader reader;
    private readonly LedgerStoreEnd end;
    private readonly LedgerCopies? copies;
    private readonly bool isTransportOwned;

    private LedgerStore(
        IArchiveTransport transport, bool isTransportOwned, LedgerStoreOptions options, LedgerStoreLayout layout, string? networkPassphrase,
        string prefix)
    {
        this.transport = transport;
        this.isTransportOwned = isTransportOwned;
        this.options = options;
        Layout = layout;
        NetworkPassphrase = networkPassphrase;
        Budget = new ByteBudget(options.BudgetBytes);
        copies = options.CopyFolder is null || transport is DirectoryTransport ? null
            : new LedgerCopies(options.CopyFolder, $"{transport.Location} {prefix}", options.MaxCopyBytes, options.Logger);
        reader = new LedgerObjectReader(transport, layout, prefix, options.MaxObjectBytes, Budget, copies);
        end = new LedgerStoreEnd(transport, layout, prefix, reader);
    }

    /// <inheritdoc/>
    public string Location => transport.Location;

    /// <summary>
    /// How ledgers are distributed over objects and folders. If the store's folder contains objects but none of the configured subfolders,
    /// the objects are read from that folder directly.
    /// </summary>
    public LedgerStoreLayout Layout { get; }

    /// <summary>The network's passphrase, from the options or the store; null if neither gives it.</summary>
    public string? NetworkPassphrase { get; }

    /// <summary>The budget for the memory of ledgers.</summary>
    internal ByteBudget Budget { get; }

    /// <summary>Opens a data store and reads its configuration file.</summary>
    /// <param name="transport">The store's folder, which contains <c>.config.json</c>.</param>
    /// <param name="options">How to read it; null for the defaults.</param>
    /// <param name="isTransportOwned">True disposes the transport with the store.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <returns>The store.</returns>
    /// <exception cref="LedgerException">The configuration file is missing and no options replace it, it is damaged, or the store belongs
    /// to another network.</exception>
    /// <exception cref="ArchiveException">The store cannot be read, or an option is out of range.</exception>
    public static async Task<LedgerStore> OpenAsync(
        IArchiveTransport transport, LedgerStoreOptions? options = null, bool isTransportOwned = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transport);
        options ??= new LedgerStoreOptions();
        options.Validate();
        byte[]? text =
            await ArchiveFile.ReadTextAsync(transport, LedgerStoreManifest.FileName, LedgerStoreManifest.MaxFileBytes, cancellationToken)
                .ConfigureAwait(false);
        LedgerStoreManifest? manifest = text is null ? null : LedgerStoreManifest.Parse(text, transport.Location);
        uint? ledgers = Agree(transport.Location, "ledgers per object", options.LedgersPerObject, manifest?.LedgersPerObject);
        uint? objects = Agree(transport.Location, "objects per folder", options.ObjectsPerPartition, manifest?.ObjectsPerPartition);
        if (ledgers is null || objects is null)
            LedgerThrow.ManifestMissing(transport.Location);
        if (options.NetworkPassphrase is { } wanted && manifest?.NetworkPassphrase is { } found && wanted != found)
            LedgerThrow.OtherNetwork(transport.Location, wanted, found);
        var layout = new LedgerStoreLayout(ledgers!.Value, objects!.Value);
        string prefix = manifest?.PrefixIn(transport.Location) ?? "";
        if (transport is DirectoryTransport folder && LedgerStoreEnd.IsFlat(Path.Combine(folder.Location, prefix)))
            layout = layout with { ObjectsPerPartition = 1 };
        return new LedgerStore(
            transport, isTransportOwned, options, layout, manifest?.NetworkPassphrase ?? options.NetworkPassphrase, prefix);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The range has no first ledger: a store may begin anywhere.</exception>
    public async IAsyncEnumerable<LedgerBuffer> ReadAsync(
        LedgerRange range, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        uint first = range.First ?? throw new ArgumentException("A data store needs the first ledger of the range.", nameof(range));
        var fetches =
            new LedgerFetches(reader, Layout, Budget, options.MaxObjectsAhead, first, range.Last ?? uint.MaxValue, cancellationToken);
        LedgerObject? current = null;
        ulong next = first;
        try
        {
            while (next <= (range.Last ?? uint.MaxValue))
            {
                current = await fetches.NextAsync().ConfigureAwait(false);
                if (current is null)
                {
                    await JudgeAsync(fetches, range, (uint)next, cancellationToken).ConfigureAwait(false);
                    yield break;
                }

                if (current.First > next)
                    ThrowMissing(range, (uint)next, current.First);
                for (; next <= Math.Min(current.Last, range.Last ?? uint.MaxValue); next++)
                    yield return current.Take((uint)next);
                current.Block.Release();
                current = null;
            }
        }
        finally
        {
            current?.Block.Release();
            await fetches.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Checks whether the object that contains a ledger exists; reads no other object.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="ArchiveException">The store cannot be read.</exception>
    public Task<bool> ContainsAsync(uint ledger, CancellationToken cancellationToken = default) =>
        reader.ExistsAsync(ledger, cancellationToken);

    /// <summary>Removes the copy of an object that contains a wrong ledger, so that the next read uses the store.</summary>
    /// <param name="error">The error that says what is wrong.</param>
    internal void DiscardCopy(LedgerException error)
    {
        if (error is { Kind: FailureKind.Archive, File: { } file })
            copies?.Discard(file);
    }

    /// <summary>Reads the stored bytes of the object that contains a ledger and discards them; for measurements.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>Number of bytes.</returns>
    /// <exception cref="LedgerException">The store does not contain it.</exception>
    internal async Task<long> SkimAsync(uint ledger, CancellationToken cancellationToken)
    {
        if (await reader.SkimAsync(ledger, cancellationToken).ConfigureAwait(false) is { } bytes)
            return bytes;
        LedgerThrow.Missing(Location, ledger, Layout.LastOf(ledger), Layout.LastOf(ledger) + 1);
        return 0;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        reader.Dispose();
        if (isTransportOwned)
            (transport as IDisposable)?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static uint? Agree(string store, string what, uint? given, uint? found)
    {
        if (given is { } option && found is { } said && option != said)
            LedgerThrow.ManifestContradicts(store, what, option, said);
        return given ?? found;
    }

    // Returns if the end of the store ends an open range; otherwise throws.
    private async Task JudgeAsync(LedgerFetches fetches, LedgerRange range, uint missing, CancellationToken cancellationToken)
    {
        if (await fetches.FindLaterAsync().ConfigureAwait(false) is { } near)
            ThrowMissing(range, missing, near);
        if (await end.FindAsync(fetches.NextUnasked, range.Last, cancellationToken).ConfigureAwait(false) is { } far)
            LedgerThrow.Missing(Location, missing, Math.Min(Layout.LastOf(missing), far - 1), far);
        if (range.Last is { } wanted)
            LedgerThrow.Ended(Location, missing == range.First ? null : missing - 1, wanted);
    }

    private void ThrowMissing(LedgerRange range, uint missing, uint found)
    {
        if (missing == range.First)
            LedgerThrow.Begins(Location, missing, found);
        LedgerThrow.Missing(Location, missing, found - 1, found);
    }
}
