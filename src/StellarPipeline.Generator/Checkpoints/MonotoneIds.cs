using System.Buffers.Binary;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Ids of 32 bytes that look random, are spread over the whole range, and increase with their index.</summary>
/// <remarks>The first eight bytes are the index scaled to 64 bits plus a random part below one step; the rest is pseudo-random.</remarks>
internal readonly struct MonotoneIds(ulong seed, Domain domain, long count)
{
    private readonly ulong step = ulong.MaxValue / (ulong)Math.Max(count, 1);

    public void Write(long index, Span<byte> id)
    {
        Entropy entropy = new(Entropy.Hash(seed, domain, (ulong)index));
        BinaryPrimitives.WriteUInt64BigEndian(id, ((ulong)index * step) + Entropy.Scale(entropy.Next(), step));
        entropy.Fill(id.Slice(8, 24));
    }
}
