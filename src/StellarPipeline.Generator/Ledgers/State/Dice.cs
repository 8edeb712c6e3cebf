using System.Text;
using StellarPipeline.Generator.Checkpoints;

namespace StellarPipeline.Generator.Ledgers.State;

/// <summary>The generator's pseudo-random choices: equal seeds give equal ledgers.</summary>
internal sealed class Dice(ulong seed)
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    private Entropy entropy = new(Entropy.Mix(seed));

    public int Below(int bound) => entropy.Below(bound);

    /// <summary>A number between two bounds, both included.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    public long Between(long low, long high) => low + (long)Entropy.Scale(entropy.Next(), (ulong)(high - low) + 1);

    public bool Chance(int perThousand) => entropy.Chance(perThousand);

    public T Of<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    public ulong Number() => entropy.Next();

    /// <summary>A positive amount: often small, rarely large.</summary>
    public long Amount(long most) => most < 32 ? Between(1L, Math.Max(1, most)) : Math.Min(
        most, entropy.Amount(Math.Max(6, 63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)most))));

    public byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        entropy.Fill(bytes);
        return bytes;
    }

    /// <summary>Lower-case letters.</summary>
    public byte[] Word(int length) => Encoding.ASCII.GetBytes(
        string.Concat(Enumerable.Range(0, length).Select(_ => Letters[Below(Letters.Length)])));

    /// <summary>Printable ASCII characters, which are allowed in names and domains.</summary>
    public byte[] Print(int length) => [.. Enumerable.Range(0, length).Select(_ => (byte)Between(0x20, 0x7e))];

    public void Shuffle<T>(IList<T> items)
    {
        for (int index = items.Count - 1; index > 0; index--)
        {
            int other = Below(index + 1);
            (items[index], items[other]) = (items[other], items[index]);
        }
    }
}
