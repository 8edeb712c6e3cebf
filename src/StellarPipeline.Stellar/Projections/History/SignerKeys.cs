using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Compares signers in the order of their strkeys.</summary>
internal static class SignerKeys
{
    private const int MaxPayloadBytes = 32 + 4 + 64;
    private const int MaxTextBytes = 168;

    /// <summary>Whether two signers have the same strkey.</summary>
    public static bool AreEqual(SignerView left, SignerView right) =>
        left.Type == right.Type && left.Key.SequenceEqual(right.Key) && left.Payload.SequenceEqual(right.Payload);

    /// <summary>
    /// Compares the bytes of the strkeys. Their order differs from that of the keys: digits sort before letters, but stand for higher
    /// values.
    /// </summary>
    public static int Compare(StrKeyKind left, ReadOnlySpan<byte> leftKey, ReadOnlySpan<byte> leftPayload, StrKeyKind right,
        ReadOnlySpan<byte> rightKey, ReadOnlySpan<byte> rightPayload)
    {
        Span<byte> leftText = stackalloc byte[MaxTextBytes];
        Span<byte> rightText = stackalloc byte[MaxTextBytes];
        return leftText[..Encode(left, leftKey, leftPayload, leftText)]
            .SequenceCompareTo(rightText[..Encode(right, rightKey, rightPayload, rightText)]);
    }

    private static int Encode(StrKeyKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload, Span<byte> text)
    {
        Span<byte> bytes = stackalloc byte[MaxPayloadBytes];
        bytes.Clear();
        key.CopyTo(bytes);
        if (kind != StrKeyKind.SignedPayload) return StrKey.Encode(kind, bytes[..32], text);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes[32..], payload.Length);
        payload.CopyTo(bytes[36..]);
        return StrKey.Encode(StrKeyKind.SignedPayload, bytes[..(36 + ((payload.Length + 3) & ~3))], text);
    }
}
