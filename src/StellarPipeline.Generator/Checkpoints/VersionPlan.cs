using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Where the versions of one key lie and what they are, oldest first; at most <see cref="Most"/>.</summary>
internal struct VersionPlan
{
    public const int Most = 4;

    private uint _positions;
    private uint _arms;

    public int Count { get; private set; }

    public readonly int Position(int version) => (int)((_positions >> (version * 8)) & 0xff);

    public readonly RecordArm Arm(int version) => (RecordArm)((_arms >> (version * 8)) & 0xff);

    public void Add(int position, RecordArm arm)
    {
        _positions |= (uint)position << (Count * 8);
        _arms |= (uint)arm << (Count * 8);
        Count++;
    }
}
