using System.Buffers.Binary;
using System.Numerics;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr;

/// <summary>The text form of keys, hashes and addresses: version byte, payload and checksum in base 32.</summary>
/// <remarks>SEP-23. A text is accepted only if encoding its payload again gives the same text.</remarks>
public static class StrKey
{
    /// <summary>Characters of a strkey with a payload of 32 bytes: G, C, L, S, T and X.</summary>
    public const int KeyChars = 56;

    /// <summary>Characters of a claimable balance: B.</summary>
    public const int ClaimableBalanceChars = 58;

    /// <summary>Characters of a muxed account or muxed contract: M and W.</summary>
    public const int MuxedAccountChars = 69;

    /// <summary>Characters of the longest strkey: P with a payload of 64 bytes.</summary>
    public const int MaxChars = 165;

    /// <summary>Bytes of the longest payload: P with a key, a length and 64 bytes.</summary>
    public const int MaxPayloadBytes = 32 + 4 + XdrLimits.SignedPayloadBytes;

    private const int ChecksumBytes = 2;
    private const int MaxBytes = 1 + MaxPayloadBytes + ChecksumBytes;
    private const int MinBytes = 1 + ChecksumBytes;

    /// <summary>Number of characters of a strkey with a payload of this length.</summary>
    /// <param name="payloadBytes">Bytes of the payload.</param>
    /// <returns>Number of characters, which equals the number of bytes in UTF-8.</returns>
    public static int EncodedLength(int payloadBytes) => Base32.EncodedLength(1 + payloadBytes + ChecksumBytes);

    /// <summary>Writes a strkey as UTF-8.</summary>
    /// <param name="kind">Kind of strkey.</param>
    /// <param name="payload">The payload, laid out as <paramref name="kind"/> describes.</param>
    /// <param name="destination">Receives the text.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">The payload does not match its kind, or <paramref name="destination"/> is too short.</exception>
    public static int Encode(StrKeyKind kind, ReadOnlySpan<byte> payload, Span<byte> destination) => EncodeCore(kind, payload, destination);

    /// <summary>Writes a strkey as UTF-16.</summary>
    /// <param name="kind">Kind of strkey.</param>
    /// <param name="payload">The payload, laid out as <paramref name="kind"/> describes.</param>
    /// <param name="destination">Receives the text.</param>
    /// <returns>Characters written.</returns>
    /// <exception cref="ArgumentException">The payload does not match its kind, or <paramref name="destination"/> is too short.</exception>
    public static int Encode(StrKeyKind kind, ReadOnlySpan<byte> payload, Span<char> destination) =>
        EncodeCore(kind, payload, AsUtf16(destination));

    /// <summary>Creates a strkey.</summary>
    /// <param name="kind">Kind of strkey.</param>
    /// <param name="payload">The payload, laid out as <paramref name="kind"/> describes.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentException">The payload does not match its kind.</exception>
    public static string Encode(StrKeyKind kind, ReadOnlySpan<byte> payload)
    {
        Span<char> text = stackalloc char[MaxChars];
        return new string(text[..Encode(kind, payload, text)]);
    }

    /// <summary>Creates the strkey of an address: G, C, M, B, L or W.</summary>
    /// <param name="address">The address.</param>
    /// <returns>The text.</returns>
    public static string Encode(ScAddressView address)
    {
        Span<char> text = stackalloc char[MuxedAccountChars];
        return new string(text[..Encode(address, text)]);
    }

    /// <summary>Writes the strkey of an address, G, C, M, B, L or W, as UTF-8.</summary>
    /// <param name="address">The address.</param>
    /// <param name="destination">Receives the text; <see cref="MuxedAccountChars"/> are always enough.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public static int Encode(ScAddressView address, Span<byte> destination) => EncodeAddress(address, destination);

    /// <summary>Writes the strkey of an address, G, C, M, B, L or W, as UTF-16.</summary>
    /// <param name="address">The address.</param>
    /// <param name="destination">Receives the text; <see cref="MuxedAccountChars"/> are always enough.</param>
    /// <returns>Characters written.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public static int Encode(ScAddressView address, Span<char> destination) => EncodeAddress(address, AsUtf16(destination));

    /// <summary>Creates the strkey of an account's additional signer: G, T, X or P.</summary>
    /// <param name="signer">The signer.</param>
    /// <returns>The text.</returns>
    public static string Encode(SignerView signer)
    {
        switch (signer.Type)
        {
            case SignerKeyType.Ed25519:
                return Encode(StrKeyKind.Account, signer.Key);
            case SignerKeyType.PreAuthorizedTransaction:
                return Encode(StrKeyKind.PreAuthorizedTransaction, signer.Key);
            case SignerKeyType.HashX:
                return Encode(StrKeyKind.HashX, signer.Key);
            default:
                Span<byte> payload = stackalloc byte[MaxPayloadBytes];
                payload.Clear();
                signer.Key.CopyTo(payload);
                BinaryPrimitives.WriteInt32BigEndian(payload[32..], signer.Payload.Length);
                signer.Payload.CopyTo(payload[36..]);
                return Encode(StrKeyKind.SignedPayload, payload[..(36 + Wire.Padded(signer.Payload.Length))]);
        }
    }

    /// <summary>Reads a strkey of any kind from UTF-8.</summary>
    /// <param name="text">The text.</param>
    /// <param name="payload">Receives the payload; <see cref="MaxPayloadBytes"/> are always enough.</param>
    /// <param name="kind">Kind of strkey.</param>
    /// <param name="payloadBytes">Bytes of the payload.</param>
    /// <returns>True if the text is a strkey.</returns>
    /// <exception cref="ArgumentException"><paramref name="payload"/> is too short.</exception>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> payload, out StrKeyKind kind, out int payloadBytes) =>
        TryDecode(text, payload, out kind, out payloadBytes, out _);

    /// <summary>Reads a strkey of any kind from UTF-8 and reports what is wrong with any other text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="payload">Receives the payload; <see cref="MaxPayloadBytes"/> are always enough.</param>
    /// <param name="kind">Kind of strkey.</param>
    /// <param name="payloadBytes">Bytes of the payload; 0 if the text is not a strkey.</param>
    /// <param name="problem"><see cref="StrKeyProblem.None"/>, or why the text is not a strkey.</param>
    /// <returns>True if the text is a strkey.</returns>
    /// <exception cref="ArgumentException"><paramref name="payload"/> is too short.</exception>
    public static bool TryDecode(
        ReadOnlySpan<byte> text, Span<byte> payload, out StrKeyKind kind, out int payloadBytes, out StrKeyProblem problem)
    {
        problem = DecodeCore(text, payload, out kind, out payloadBytes);
        return problem == StrKeyProblem.None;
    }

    /// <summary>Reads a strkey of any kind from UTF-16.</summary>
    /// <param name="text">The text.</param>
    /// <param name="payload">Receives the payload; <see cref="MaxPayloadBytes"/> are always enough.</param>
    /// <param name="kind">Kind of strkey.</param>
    /// <param name="payloadBytes">Bytes of the payload.</param>
    /// <returns>True if the text is a strkey.</returns>
    /// <exception cref="ArgumentException"><paramref name="payload"/> is too short.</exception>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> payload, out StrKeyKind kind, out int payloadBytes) =>
        TryDecode(text, payload, out kind, out payloadBytes, out _);

    /// <summary>Reads a strkey of any kind from UTF-16 and reports what is wrong with any other text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="payload">Receives the payload; <see cref="MaxPayloadBytes"/> are always enough.</param>
    /// <param name="kind">Kind of strkey.</param>
    /// <param name="payloadBytes">Bytes of the payload; 0 if the text is not a strkey.</param>
    /// <param name="problem"><see cref="StrKeyProblem.None"/>, or why the text is not a strkey.</param>
    /// <returns>True if the text is a strkey.</returns>
    /// <exception cref="ArgumentException"><paramref name="payload"/> is too short.</exception>
    public static bool TryDecode(
        ReadOnlySpan<char> text, Span<byte> payload, out StrKeyKind kind, out int payloadBytes, out StrKeyProblem problem)
    {
        problem = DecodeCore(AsUtf16(text), payload, out kind, out payloadBytes);
        return problem == StrKeyProblem.None;
    }

    /// <summary>Reads a strkey of the given kind.</summary>
    /// <param name="kind">Kind of strkey.</param>
    /// <param name="text">The text.</param>
    /// <returns>The payload, laid out as <paramref name="kind"/> describes.</returns>
    /// <exception cref="StrKeyFormatException">The text is not a strkey, or one of another kind.</exception>
    public static byte[] Decode(StrKeyKind kind, ReadOnlySpan<char> text)
    {
        Span<byte> payload = stackalloc byte[MaxPayloadBytes];
        if (TryDecode(text, payload, out StrKeyKind actual, out int length, out StrKeyProblem problem) && actual != kind)
            problem = StrKeyProblem.Kind;
        if (problem != StrKeyProblem.None)
            XdrThrow.NotStrKey(problem, text, kind, actual);
        return payload[..length].ToArray();
    }

    // INumberBase<char> is implemented by char explicitly and by ushort alike; ushort lets one generic body serve both encodings.
    private static Span<ushort> AsUtf16(Span<char> text) => System.Runtime.InteropServices.MemoryMarshal.Cast<char, ushort>(text);

    private static ReadOnlySpan<ushort> AsUtf16(ReadOnlySpan<char> text) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<char, ushort>(text);

    private static int EncodeCore<TChar>(StrKeyKind kind, ReadOnlySpan<byte> payload, Span<TChar> destination)
        where TChar : unmanaged, INumberBase<TChar>
    {
        StrKeyProblem problem = CheckPayload(kind, payload);
        if (problem != StrKeyProblem.None)
            XdrThrow.PayloadOfOtherKind(kind, payload.Length, problem);
        int length = EncodedLength(payload.Length);
        if (destination.Length < length)
            XdrThrow.DestinationTooShort(length, destination.Length);

        Span<byte> bytes = stackalloc byte[MaxBytes];
        bytes[0] = (byte)kind;
        payload.CopyTo(bytes[1..]);
        int checkedBytes = 1 + payload.Length;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[checkedBytes..], Crc16.Compute(bytes[..checkedBytes]));
        Base32.Encode(bytes[..(checkedBytes + ChecksumBytes)], destination[..length]);
        return length;
    }

    private static int EncodeAddress<TChar>(ScAddressView address, Span<TChar> destination)
        where TChar : unmanaged, INumberBase<TChar>
    {
        Span<byte> payload = stackalloc byte[40];
        switch (address.Type)
        {
            case ScAddressType.Account:
                return EncodeCore(StrKeyKind.Account, address.Payload, destination);
            case ScAddressType.Contract:
                return EncodeCore(StrKeyKind.Contract, address.Payload, destination);
            case ScAddressType.MuxedAccount:
            case ScAddressType.MuxedContract:
                address.Payload.CopyTo(payload);
                BinaryPrimitives.WriteUInt64BigEndian(payload[32..], address.MuxedId);
                return EncodeCore(
                    address.Type == ScAddressType.MuxedAccount ? StrKeyKind.MuxedAccount : StrKeyKind.MuxedContract, payload, destination);
            case ScAddressType.ClaimableBalance:
                payload[0] = 0;
                address.Payload.CopyTo(payload[1..]);
                return EncodeCore(StrKeyKind.ClaimableBalance, payload[..33], destination);
            default:
                return EncodeCore(StrKeyKind.LiquidityPool, address.Payload, destination);
        }
    }

    private static StrKeyProblem DecodeCore<TChar>(ReadOnlySpan<TChar> text, Span<byte> payload, out StrKeyKind kind, out int payloadBytes)
        where TChar : unmanaged, INumberBase<TChar>
    {
        kind = default;
        payloadBytes = 0;
        int length = text.Length * 5 / 8;
        if (text.Length > MaxChars || length < MinBytes)
            return StrKeyProblem.Length;

        Span<byte> bytes = stackalloc byte[MaxBytes];
        bytes = bytes[..length];
        StrKeyProblem problem = Base32.Decode(text, bytes);
        if (problem != StrKeyProblem.None)
            return problem;
        ReadOnlySpan<byte> versionAndPayload = bytes[..^ChecksumBytes];
        if (Crc16.Compute(versionAndPayload) != BinaryPrimitives.ReadUInt16LittleEndian(bytes[^ChecksumBytes..]))
            return StrKeyProblem.Checksum;

        kind = (StrKeyKind)bytes[0];
        problem = CheckPayload(kind, versionAndPayload[1..]);
        if (problem != StrKeyProblem.None)
            return problem;
        payloadBytes = length - MinBytes;
        if (payload.Length < payloadBytes)
            XdrThrow.DestinationTooShort(payloadBytes, payload.Length);
        versionAndPayload[1..].CopyTo(payload);
        return StrKeyProblem.None;
    }

    private static StrKeyProblem CheckPayload(StrKeyKind kind, ReadOnlySpan<byte> payload)
    {
        switch (kind)
        {
            case StrKeyKind.Account:
            case StrKeyKind.Contract:
            case StrKeyKind.LiquidityPool:
            case StrKeyKind.Seed:
            case StrKeyKind.PreAuthorizedTransaction:
            case StrKeyKind.HashX:
                return payload.Length == 32 ? StrKeyProblem.None : StrKeyProblem.PayloadLength;
            case StrKeyKind.MuxedAccount:
            case StrKeyKind.MuxedContract:
                return payload.Length == 40 ? StrKeyProblem.None : StrKeyProblem.PayloadLength;
            case StrKeyKind.ClaimableBalance:
                if (payload.Length != 33)
                    return StrKeyProblem.PayloadLength;
                return payload[0] == 0 ? StrKeyProblem.None : StrKeyProblem.PayloadContent;
            case StrKeyKind.SignedPayload:
                return CheckSignedPayload(payload);
            default:
                return StrKeyProblem.Version;
        }
    }

    private static StrKeyProblem CheckSignedPayload(ReadOnlySpan<byte> payload)
    {
        if (payload.Length is < 36 or > MaxPayloadBytes)
            return StrKeyProblem.PayloadLength;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(payload[32..]);
        if (length > XdrLimits.SignedPayloadBytes || 36 + Wire.Padded((int)length) != payload.Length)
            return StrKeyProblem.PayloadContent;
        return payload[(36 + (int)length)..].ContainsAnyExcept((byte)0) ? StrKeyProblem.PayloadContent : StrKeyProblem.None;
    }
}
