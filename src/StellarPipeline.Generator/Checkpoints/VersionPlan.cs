using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>The position and arm of each version of one key, oldest first; at most <see cref="Most"/>.</summary>
internal struct VersionPlan
{
    public const int Most = 4;

    private uint positions;
    private uint arms;

    public int Count { get; private set; }

    public readonly int Position(int version) => (int)((positions >> (version * 8)) & 0xff);

    public readonly RecordArm Arm(int version) => (RecordArm)((arms >> (version * 8)) & 0xff);

    public void Add(int position, RecordArm arm)
    {
        positions |= (uint)position << (Count * 8);
        arms |= (uint)arm << (Count * 8);
        Count++;
    }
}
