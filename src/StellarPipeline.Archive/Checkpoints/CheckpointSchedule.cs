using System.Numerics;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>Computes which ledgers end a checkpoint and which ledgers belong to one.</summary>
/// <remarks>
/// A checkpoint is a ledger <c>n</c> with <c>(n + 1)</c> divisible by the frequency (stellar-core src/history/HistoryManager.h).
/// The first one has one ledger less, because there is no ledger 0. An archive does not record its frequency, so it must be configured.
/// </remarks>
public sealed class CheckpointSchedule
{
    /// <summary>Frequency of the public and test networks: 64 ledgers. Networks with accelerated time use 8.</summary>
    public const int DefaultFrequency = 64;

    /// <summary>Largest accepted frequency, in ledgers. It limits the size of a ledger-header file.</summary>
    public const int MaximumFrequency = 4_096;

    /// <summary>Creates a schedule.</summary>
    /// <param name="frequency">Ledgers per checkpoint: a power of two from 2 to <see cref="MaximumFrequency"/>. Default 64.</param>
    /// <exception cref="ArchiveException">The frequency is not supported (kind usage, code CHECKPOINT_FREQUENCY).</exception>
    public CheckpointSchedule(int frequency = DefaultFrequency)
    {
        if (frequency < 2 || frequency > MaximumFrequency || !BitOperations.IsPow2(frequency))
            ArchiveThrow.FrequencyNotSupported(frequency);
        Frequency = frequency;
    }

    /// <summary>The schedule of the public and test networks.</summary>
    public static CheckpointSchedule Default { get; } = new();

    /// <summary>Ledgers per checkpoint.</summary>
    public int Frequency { get; }

    /// <summary>The first checkpoint: ledger 63 at the default frequency.</summary>
    public uint First => (uint)Frequency - 1;

    /// <summary>True when the ledger ends a checkpoint.</summary>
    /// <param name="ledger">A ledger number.</param>
    public bool IsCheckpoint(uint ledger) => (ledger + 1UL) % (uint)Frequency == 0;

    /// <summary>The checkpoint that contains the ledger: the smallest one not before it.</summary>
    /// <param name="ledger">A ledger number. Ledger 0, which does not exist, counts as part of the first checkpoint.</param>
    public uint Containing(uint ledger) => (uint)((((ulong)ledger / (uint)Frequency) + 1) * (uint)Frequency - 1);

    /// <summary>The greatest checkpoint before the ledger.</summary>
    /// <param name="ledger">A ledger number.</param>
    /// <returns>A checkpoint, or null if there is none.</returns>
    public uint? Previous(uint ledger) => ledger <= First ? null : (uint)((ulong)ledger / (uint)Frequency * (uint)Frequency - 1);

    /// <summary>The smallest checkpoint after the ledger.</summary>
    /// <param name="ledger">A ledger number.</param>
    /// <returns>A checkpoint, or null if its number would not fit in 32 bits.</returns>
    public uint? Next(uint ledger) => ledger == uint.MaxValue ? null : Containing(ledger + 1);

    /// <summary>The first ledger inside a checkpoint.</summary>
    /// <param name="checkpoint">A checkpoint.</param>
    /// <exception cref="ArchiveException">The ledger does not end a checkpoint (kind usage, code CHECKPOINT_SEQ).</exception>
    public uint FirstLedgerIn(uint checkpoint)
    {
        Require(checkpoint);
        return checkpoint == First ? 1 : checkpoint - (uint)Frequency + 1;
    }

    /// <summary>Number of ledgers in a checkpoint: the frequency, or one less for the first checkpoint.</summary>
    /// <param name="checkpoint">A checkpoint.</param>
    /// <exception cref="ArchiveException">The ledger does not end a checkpoint (kind usage, code CHECKPOINT_SEQ).</exception>
    public int LedgerCount(uint checkpoint) => (int)(checkpoint - FirstLedgerIn(checkpoint) + 1);

    /// <summary>Throws if a ledger does not end a checkpoint; the message offers the checkpoints on both sides.</summary>
    /// <param name="ledger">A ledger number.</param>
    /// <exception cref="ArchiveException">The ledger does not end a checkpoint (kind usage, code CHECKPOINT_SEQ).</exception>
    public void Require(uint ledger)
    {
        if (!IsCheckpoint(ledger))
            ArchiveThrow.NotACheckpoint(ledger, Frequency, Previous(ledger), Containing(ledger));
    }
}
