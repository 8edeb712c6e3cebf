using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Network;

/// <summary>
/// A simulated network: it starts at a checkpoint, closes ledgers whose metadata lists all their changes, and can be written as a history
/// archive at every checkpoint.
/// </summary>
/// <remarks>
/// <para>If the changes of the ledgers from one checkpoint to another are applied to the entries of the first, and the evicted keys are
/// removed, the result equals the entries of the second, byte for byte. Every header's bucket list hash is right, and the headers of an
/// archive are those of the ledgers, so each can prove the other.</para>
/// <para>Signatures are invented, and so is the link of the first header to the ledger before it. Transaction and result files of the
/// archives are empty.</para>
/// <para>Equal seeds, options and calls give equal bytes. Not thread-safe. Memory contains several copies of the state: hundreds of bytes
/// to a few KiB per entry.</para>
/// </remarks>
public sealed class SimulatedNetwork
{
    private readonly NetworkOptions options;
    private readonly NetworkCustoms customs;
    private readonly LedgerGenerator generator;

    private SimulatedNetwork(NetworkOptions options, ulong seed)
    {
        this.options = options;
        Seed = seed;
        customs = new NetworkCustoms(options);
        generator = new LedgerGenerator(options.Ledgers with { Seed = seed, FirstLedger = options.FirstLedger }, customs);
        Ledger = options.FirstLedger - 1;
    }

    /// <summary>The seed.</summary>
    public ulong Seed { get; }

    /// <summary>The network's passphrase.</summary>
    public string Passphrase => this.options.Ledgers.Passphrase;

    /// <summary>The last closed ledger.</summary>
    public uint Ledger { get; private set; }

    /// <summary>The hash of the last closed ledger's header, 32 bytes.</summary>
    public ReadOnlyMemory<byte> HeaderHash => customs.HeaderHash;

    /// <summary>Whether the last closed ledger ends a checkpoint.</summary>
    public bool IsAtCheckpoint => (Ledger + 1) % this.options.CheckpointFrequency == 0;

    /// <summary>Makes a network and closes its ledgers up to <see cref="NetworkOptions.FirstCheckpoint"/>.</summary>
    /// <param name="seed">The seed of all pseudo-random choices.</param>
    /// <param name="options">The network to simulate; null for the defaults.</param>
    /// <param name="cancellationToken">Stops between two ledgers.</param>
    /// <returns>A network whose last closed ledger ends its first checkpoint.</returns>
    /// <exception cref="GeneratorException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static SimulatedNetwork Create(ulong seed, NetworkOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new NetworkOptions();
        options.Check();
        SimulatedNetwork network = new(options, seed);
        while (network.Ledger < options.FirstCheckpoint)
        {
            cancellationToken.ThrowIfCancellationRequested();
            network.Close();
        }

        return network;
    }

    /// <summary>Closes the next ledger.</summary>
    /// <returns>The ledger.</returns>
    public GeneratedLedger Close()
    {
        GeneratedLedger ledger = generator.Next();
        Ledger = ledger.Sequence;
        return ledger;
    }

    /// <summary>Closes the next ledgers, all before it returns.</summary>
    /// <param name="ledgers">Number of ledgers, 0 or more.</param>
    /// <returns>The ledgers in order.</returns>
    public IReadOnlyList<GeneratedLedger> Advance(int ledgers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ledgers);
        List<GeneratedLedger> closed = new(ledgers);
        for (; ledgers > 0; ledgers--) closed.Add(Close());
        return closed;
    }

    /// <summary>Closes ledgers up to the end of the next checkpoint, all before it returns.</summary>
    /// <returns>The ledgers in order, at least one.</returns>
    public IReadOnlyList<GeneratedLedger> AdvanceToCheckpoint() =>
        Advance((int)(this.options.CheckpointFrequency - ((Ledger + 1) % this.options.CheckpointFrequency)));

    /// <summary>Writes the checkpoint that the last closed ledger ends, as a history archive of its own.</summary>
    /// <param name="folder">The archive's folder; it is created if needed. Files of the same names are replaced.</param>
    /// <param name="cancellationToken">Stops between two records; files that are complete remain.</param>
    /// <returns>The written archive. Its last header is that of the last closed ledger.</returns>
    /// <exception cref="GeneratorException">The last closed ledger does not end a checkpoint.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public WrittenArchive WriteCheckpoint(string folder, CancellationToken cancellationToken = default)
    {
        if (!IsAtCheckpoint) GeneratorThrow.NotACheckpoint(Ledger, this.options.CheckpointFrequency);
        ArchiveSettings settings = new()
        {
            CheckpointLedger = Ledger,
            CheckpointFrequency = this.options.CheckpointFrequency,
            Protocol = customs.Protocol,
            Passphrase = Passphrase,
            Server = "stellar-pipeline network simulation",
            BaseReserve = (uint)customs.BaseReserve,
        };
        ArchiveDefinition definition = new()
        {
            Settings = settings,
            AddMetadata = false,
            Levels = customs.Live.Levels,
            HotArchiveLevels = customs.Protocol >= StellarProtocols.HotArchive ? customs.HotArchive.Levels : null,
        };
        List<WrittenBucket> buckets = ArchiveWriter.WriteBuckets(folder, definition, cancellationToken);
        return ArchiveWriter.Seal(folder, settings, buckets, customs.Commitment, customs.Headers, customs.HeaderHash);
    }

    /// <summary>The live entries after the last closed ledger, as in its buckets.</summary>
    /// <returns>Encoded LedgerEntry values, newest first.</returns>
    public IReadOnlyList<ReadOnlyMemory<byte>> LiveEntries() => EntriesOf(customs.Live);

    /// <summary>The archived entries after the last closed ledger, as in the buckets of its hot archive.</summary>
    /// <returns>Encoded LedgerEntry values, newest first.</returns>
    public IReadOnlyList<ReadOnlyMemory<byte>> ArchivedEntries() => EntriesOf(customs.HotArchive);

    private static List<ReadOnlyMemory<byte>> EntriesOf(SimulatedBucketList list) =>
        [.. list.Newest().Where(static item => item.Record.Arm != RecordArm.Dead).Select(static item => item.Record.Body)];
}
