using System.Security.Cryptography;

namespace StellarPipeline.Generator.Checkpoints;

/// <summary>
/// The WASM codes of an archive, sorted by their SHA-256; some slots are deleted codes. The code of a slot is generated on demand.
/// </summary>
internal sealed class CodeTable
{
    private const int BytesLeast = 512;
    private const int BytesSpread = 8 * 1024;

    private readonly ulong seed;
    private readonly byte[][] hashes;
    private readonly int[] contents;
    private readonly byte[] buffer = new byte[BytesLeast + BytesSpread];

    public CodeTable(ulong seed, int codes, int livePerDead)
    {
        this.seed = seed;
        Slots = new SlotPlan(seed, Domain.Code, codes, livePerDead);
        hashes = new byte[Slots.Total][];
        contents = new int[Slots.Total];
        for (int code = 0; code < hashes.Length; code++)
        {
            contents[code] = code;
            hashes[code] = SHA256.HashData(Content(code).Span);
        }

        Array.Sort(hashes, contents, Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right)));
    }

    public SlotPlan Slots { get; }

    public byte[] Hash(long slot) => hashes[slot];

    /// <summary>The code of a slot; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Code(long slot) => Content(contents[slot]);

    // A well-formed WASM module with a single custom section of pseudo-random bytes; no two are equal.
    private ReadOnlyMemory<byte> Content(int code)
    {
        Entropy entropy = new(Entropy.Hash(this.seed, Domain.CodeContent, (ulong)code));
        Memory<byte> content = buffer.AsMemory(0, BytesLeast + entropy.Below(BytesSpread));
        Span<byte> bytes = content.Span;
        ReadOnlySpan<byte> header = [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0, 0];
        header.CopyTo(bytes);
        int section = bytes.Length - header.Length - 2;
        bytes[header.Length] = (byte)(section & 0x7f | 0x80);
        bytes[header.Length + 1] = (byte)(section >> 7);
        Span<byte> body = bytes[(header.Length + 2)..];
        body[0] = 4;
        "seed"u8.CopyTo(body[1..]);
        entropy.Fill(body[5..]);
        return content;
    }
}
