using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Chooses from a key's hash the buckets of its versions, so that the whole bucket list obeys CAP-20.</summary>
/// <remarks>
/// A position is a bucket's rank by age: 0 is the newest (level 0, current), 20 the oldest (level 10, current). The oldest version of about
/// four in five keys is in the dominant bucket; the others are in buckets whose sizes halve from level to level. Below an INIT there is no
/// version or a tombstone, below a LIVE an INIT or LIVE; keys older than protocol 11 begin with LIVE in the oldest bucket. The oldest
/// bucket has no tombstones: merges drop them there (stellar-core LiveBucket.cpp). Offers and claimable balances are never created again,
/// because their ids are unique.
/// </remarks>
internal sealed class VersionPlanner
{
    private const int DominantWeightFactor = 4;
    private static readonly string[] Updated = ["IL", "IL", "IL", "IL", "IL", "ILL", "ILL", "ILLL"];
    private static readonly string[] CreatedAgain = ["IDI", "IDI", "IDIL", "ILDI", "DI", "DIL"];
    private static readonly string[] Deleted = ["ID", "ID", "ID", "ID", "ILD", "ILD", "ILLD", "D"];

    private readonly int oldest;
    private readonly uint checkpoint;
    private readonly ulong shadowedThreshold;
    private readonly ulong[] weightsBefore;
    private readonly uint[] ageStart;

    public VersionPlanner(int dominantLevel, double shadowedFraction, uint checkpointLedger)
    {
        this.oldest = dominantLevel == 10 ? 20 : 19;
        checkpoint = checkpointLedger;
        shadowedThreshold = (ulong)(shadowedFraction * (1UL << 53)) << 10;
        weightsBefore = new ulong[this.oldest + 2];
        ageStart = new uint[this.oldest + 2];
        for (int position = 0; position <= this.oldest; position++)
        {
            int level = position / 2;
            weightsBefore[position + 1] = position == this.oldest
                ? weightsBefore[position] * (1 + DominantWeightFactor)
                : weightsBefore[position] + (1UL << level);
            // A level's two buckets each span half of the level: 2 × 4^level ledgers (stellar-core BucketListBase.cpp, levelHalf).
            ageStart[position + 1] = ageStart[position] + (2u << (2 * level));
        }
    }

    public VersionPlan Plan(ulong hash, bool isDead, bool isReusable, bool isClassic)
    {
        Entropy entropy = new(hash);
        ReadOnlySpan<char> arms = Pattern(ref entropy, isDead, isReusable);
        int position = Draw(ref entropy, arms.Length - 1, arms[0] == 'D' ? this.oldest - 1 : this.oldest);
        bool isOlderThanInit = isClassic && position == this.oldest && entropy.Below(8) == 0;
        VersionPlan plan = default;
        for (int version = 0; version < arms.Length; version++)
        {
            if (version > 0) position = Draw(ref entropy, arms.Length - 1 - version, position - 1);
            plan.Add(position, arms[version] switch
            {
                'D' => RecordArm.Dead,
                'I' when version > 0 || !isOlderThanInit => RecordArm.Init,
                _ => RecordArm.Live,
            });
        }

        return plan;
    }

    /// <summary>A ledger in the span of a position; at least 1.</summary>
    public uint LedgerAt(int position, ulong random)
    {
        uint age = ageStart[position] + (uint)Entropy.Scale(random, ageStart[position + 1] - ageStart[position]);
        return age < checkpoint ? checkpoint - age : 1;
    }

    private ReadOnlySpan<char> Pattern(ref Entropy entropy, bool isDead, bool isReusable)
    {
        if (isDead) return Deleted[entropy.Below(Deleted.Length)];
        if (entropy.Next() >> 1 >= shadowedThreshold) return "I";
        return isReusable && entropy.Below(6) == 0
            ? CreatedAgain[entropy.Below(CreatedAgain.Length)]
            : Updated[entropy.Below(Updated.Length)];
    }

    private int Draw(ref Entropy entropy, int newest, int oldest)
    {
        ulong low = weightsBefore[newest];
        ulong point = low + Entropy.Scale(entropy.Next(), weightsBefore[oldest + 1] - low);
        int position = oldest;
        while (weightsBefore[position] > point) position--;
        return position;
    }
}
