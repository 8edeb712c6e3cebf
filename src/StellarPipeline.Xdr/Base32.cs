using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace StellarPipeline.Xdr;

/// <summary>Base 32 of RFC 4648, section 6, without padding.</summary>
internal static class Base32
{
    private const byte NoDigit = 0xff;

    private static readonly byte[] Digits = MakeDigits();

    private static ReadOnlySpan<byte> Alphabet => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"u8;

    /// <summary>Number of characters for this number of bytes.</summary>
    public static int EncodedLength(int bytes) => (bytes * 8 + 4) / 5;

    /// <summary>Encodes into a destination of exactly <see cref="EncodedLength"/> characters, as bytes or as UTF-16.</summary>
    public static void Encode<TChar>(ReadOnlySpan<byte> source, Span<TChar> destination)
        where TChar : unmanaged, INumberBase<TChar>
    {
        while (source.Length >= 5)
        {
            ulong bits = (ulong)BinaryPrimitives.ReadUInt32BigEndian(source) << 8 | source[4];
            Span<TChar> block = destination[..8];
            block[7] = Digit<TChar>(bits);
            block[6] = Digit<TChar>(bits >> 5);
            block[5] = Digit<TChar>(bits >> 10);
            block[4] = Digit<TChar>(bits >> 15);
            block[3] = Digit<TChar>(bits >> 20);
            block[2] = Digit<TChar>(bits >> 25);
            block[1] = Digit<TChar>(bits >> 30);
            block[0] = Digit<TChar>(bits >> 35);
            source = source[5..];
            destination = destination[8..];
        }

        ulong tail = 0;
        foreach (byte value in source)
            tail = tail << 8 | value;
        tail <<= destination.Length * 5 - source.Length * 8;
        for (int index = destination.Length - 1; index >= 0; index--)
        {
            destination[index] = Digit<TChar>(tail);
            tail >>= 5;
        }
    }

    /// <summary>Decodes into a destination of exactly <c>text.Length * 5 / 8</c> bytes.</summary>
    public static StrKeyProblem Decode<TChar>(ReadOnlySpan<TChar> text, Span<byte> destination)
        where TChar : unmanaged, INumberBase<TChar>
    {
        // Lengths of 1, 3 and 6 above a multiple of 8 end with a character that carries no byte.
        if (text.Length % 8 is 1 or 3 or 6)
            return StrKeyProblem.Length;

        uint bits = 0;
        int count = 0, written = 0;
        foreach (TChar character in text)
        {
            uint code = uint.CreateTruncating(character);
            byte digit = code < (uint)Digits.Length ? Digits[code] : NoDigit;
            if (digit == NoDigit)
                return StrKeyProblem.Character;
            bits = bits << 5 | digit;
            count += 5;
            if (count >= 8)
            {
                count -= 8;
                destination[written++] = (byte)(bits >> count);
            }
        }

        return (bits & ((1u << count) - 1)) == 0 ? StrKeyProblem.None : StrKeyProblem.TrailingBits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TChar Digit<TChar>(ulong bits)
        where TChar : unmanaged, INumberBase<TChar> => TChar.CreateTruncating(Alphabet[(int)(bits & 31)]);

    private static byte[] MakeDigits()
    {
        byte[] digits = new byte[128];
        Array.Fill(digits, NoDigit);
        for (int index = 0; index < Alphabet.Length; index++)
            digits[Alphabet[index]] = (byte)index;
        return digits;
    }
}
