using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>
/// Writes the versions of each key into their buckets, so that one pass over the keys fills all buckets.
/// </summary>
/// <remarks>Keys must come in bucket order. Nothing is allocated per key; memory is one buffer and one compressor per bucket.</remarks>
internal sealed class RecordEmitter : IDisposable
{
    private const int LevelCount = ArchiveDefinition.LevelCount;
    private const int KeysPerReport = 1 << 14;

    private readonly GeneratorOptions options;
    private readonly VersionPlanner planner;
    private readonly BucketFileWriter?[] writers = new BucketFileWriter?[LevelCount * 2];
    private readonly IProgress<GeneratorProgress>? progress;
    private readonly CancellationToken cancellationToken;
    private readonly long[] live = new long[10];
    private readonly long[] deleted = new long[10];
    private readonly long[] arms = new long[4];
    private long keys;

    public RecordEmitter(
        GeneratorOptions options, string folder, IProgress<GeneratorProgress>? progress, CancellationToken cancellationToken)
    {
        this.options = options;
        planner = new VersionPlanner(options.DominantLevel, options.ShadowedFraction, options.CheckpointLedger);
        this.progress = progress;
        this.cancellationToken = cancellationToken;
        int oldest = options.DominantLevel == 10 ? 20 : 19;
        try
        {
            for (int position = 0; position <= oldest; position++)
            {
                writers[position] = new BucketFileWriter(folder, $"position-{position}", options.Compression);
                if (!HasMetadata) continue;
                writers[position]!.Append(BucketRecord.MetaOf(options.Protocol));
                Count(RecordArm.Meta);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyDictionary<LedgerEntryType, long> LiveEntries => ByType(live);

    public IReadOnlyDictionary<LedgerEntryType, long> DeletedKeys => ByType(deleted);

    public IReadOnlyDictionary<RecordArm, long> Records =>
        Enum.GetValues<RecordArm>().ToDictionary(static arm => arm, arm => arms[(int)arm + 1]);

    private bool HasMetadata => this.options.Protocol >= StellarProtocols.BucketMetadata;

    /// <summary>Writes all versions of the pass's current key.</summary>
    public void Emit(EntryPass pass, ulong keyHash, bool isDead)
    {
        EntryBuilder builder = pass.Builder;
        LedgerEntryType type = builder.Type;
        VersionPlan plan = planner.Plan(
            keyHash,
            isDead,
            isReusable: type is not (LedgerEntryType.Offer or LedgerEntryType.ClaimableBalance or LedgerEntryType.ConfigSetting),
            isClassic: type <= LedgerEntryType.Data);
        for (int version = 0; version < plan.Count; version++)
        {
            RecordArm arm = plan.Arm(version);
            if (arm == RecordArm.Init && !HasMetadata) arm = RecordArm.Live;
            int position = plan.Position(version);
            BucketFileWriter writer = writers[position]!;
            int start = writer.BeginRecord(arm);
            if (arm == RecordArm.Dead)
            {
                builder.WriteKey(writer.Buffer);
            }
            else
            {
                Entropy entropy = new(Entropy.Mix(keyHash + (ulong)version + 1));
                builder.LastModifiedLedger = planner.LedgerAt(position, entropy.Next());
                pass.Fill(ref entropy, isNewest: version == plan.Count - 1);
                builder.WriteEntry(writer.Buffer);
            }

            writer.EndRecord(start);
            Count(arm);
        }

        (isDead ? deleted : live)[(int)type]++;
        if (++keys % KeysPerReport == 0) Report();
    }

    /// <summary>Completes all bucket files.</summary>
    public List<WrittenBucket> Complete()
    {
        List<WrittenBucket> buckets = [];
        for (int position = 0; position < writers.Length; position++)
        {
            // A bucket without records has no file; since protocol 11 each bucket has at least its metadata record.
            BucketFile file = writers[position] is { Records: > 0 } writer ? writer.Complete() : BucketFile.Empty;
            buckets.Add(new WrittenBucket(HotArchive: false, position / 2, position % 2 == 1, file));
        }

        for (int position = 0; position < writers.Length && this.options.Protocol >= StellarProtocols.HotArchive; position++)
        {
            buckets.Add(new WrittenBucket(HotArchive: true, position / 2, position % 2 == 1, BucketFile.Empty));
        }

        Report();
        return buckets;
    }

    public void Dispose()
    {
        foreach (BucketFileWriter? writer in writers) writer?.Dispose();
    }

    private static Dictionary<LedgerEntryType, long> ByType(long[] counts) =>
        Enum.GetValues<LedgerEntryType>().ToDictionary(static type => type, type => counts[(int)type]);

    private void Count(RecordArm arm) => arms[(int)arm + 1]++;

    private void Report()
    {
        this.cancellationToken.ThrowIfCancellationRequested();
        this.progress?.Report(new GeneratorProgress(live.Sum(), this.options.EntriesTotal, arms.Sum()));
    }
}
