using System.Buffers.Binary;

namespace StellarPipeline.Postgres.Rows;

/// <summary>Encodes exact decimals as PostgreSQL's binary NUMERIC.</summary>
/// <remarks>
/// Format: numeric_recv in src/backend/utils/adt/numeric.c. Four int16 (digit count, weight, sign, display scale), then base-10000 digits,
/// most significant first; the first digit is worth 10000^weight. Leading and trailing zero digits are left out.
/// </remarks>
internal static class NumericFormat
{
    /// <summary>The largest scale, in decimal digits after the point.</summary>
    public const int MaxScale = 18;

    /// <summary>
    /// The longest encoding, in bytes: 8 of header, and at most 15 digits of 2 bytes (10 for the 39 decimals of an <see cref="Int128"/>, 5
    /// for the fraction).
    /// </summary>
    public const int MaxBytes = 8 + (MaxDigits * 2);

    private const int MaxDigits = 15;
    private const ushort Negative = 0x4000;

    // An array, because unoptimised builds allocate on every access to a span over static data.
    private static readonly ulong[] PowersOf10 =
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000,
        1_000_000_000_000,
        10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000,
        1_000_000_000_000_000_000,
    ];

    /// <summary>
    /// Writes <paramref name="unscaled"/> / 10^<paramref name="scale"/> exactly, with <paramref name="scale"/> as the display scale.
    /// </summary>
    /// <param name="destination">At least <see cref="MaxBytes"/> bytes.</param>
    /// <param name="unscaled">The number without its decimal point; every value is allowed.</param>
    /// <param name="scale">Decimal digits after the point, 0 to <see cref="MaxScale"/>.</param>
    /// <returns>Bytes written, 8 to <see cref="MaxBytes"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The scale is outside 0 to <see cref="MaxScale"/>.</exception>
    public static int Write(Span<byte> destination, Int128 unscaled, int scale)
    {
        if ((uint)scale > MaxScale)
            DatabaseThrow.NumericScale(scale);

        bool negative = Int128.IsNegative(unscaled);
        // Negating Int128.MinValue wraps to itself, and its bits read as unsigned are the right magnitude.
        var magnitude = (UInt128)(negative ? unchecked(-unscaled) : unscaled);
        UInt128 whole;
        ulong fraction;
        if (magnitude <= ulong.MaxValue)
        {
            (ulong quotient, fraction) = Math.DivRem((ulong)magnitude, PowersOf10[scale]);
            whole = quotient;
        }
        else
        {
            (whole, UInt128 remainder) = UInt128.DivRem(magnitude, PowersOf10[scale]);
            fraction = (ulong)remainder;
        }

        // Digits are computed from the least significant one on and stored backwards from the end of this block.
        Span<ushort> digits = stackalloc ushort[MaxDigits];
        int first = MaxDigits;
        int fractionDigits = (scale + 3) / 4;
        if (fractionDigits > 0)
        {
            // The last fraction digit holds scale % 4 decimals (or 4), so it is padded with zeros on the right.
            int lastDecimals = scale - ((fractionDigits - 1) * 4);
            (fraction, ulong last) = Math.DivRem(fraction, PowersOf10[lastDecimals]);
            digits[--first] = (ushort)(last * PowersOf10[4 - lastDecimals]);
            for (int index = 1; index < fractionDigits; index++)
            {
                (fraction, ulong digit) = Math.DivRem(fraction, 10_000UL);
                digits[--first] = (ushort)digit;
            }
        }

        int wholeDigits = 0;
        while (whole > ulong.MaxValue)
        {
            // Four digits at a time: one 128-bit division instead of four.
            (whole, UInt128 remainder) = UInt128.DivRem(whole, PowersOf10[16]);
            ulong block = (ulong)remainder;
            for (int index = 0; index < 4; index++)
            {
                (block, ulong digit) = Math.DivRem(block, 10_000UL);
                digits[--first] = (ushort)digit;
            }

            wholeDigits += 4;
        }

        for (ulong rest = (ulong)whole; rest != 0; wholeDigits++)
        {
            (rest, ulong digit) = Math.DivRem(rest, 10_000UL);
            digits[--first] = (ushort)digit;
        }

        int weight = wholeDigits - 1;
        int end = MaxDigits;
        while (first < end && digits[first] == 0)
        {
            first++;
            weight--;
        }

        while (first < end && digits[end - 1] == 0)
            end--;
        int count = end - first;
        if (count == 0)
        {
            weight = 0;
            negative = false;
        }

        BinaryPrimitives.WriteInt16BigEndian(destination, (short)count);
        BinaryPrimitives.WriteInt16BigEndian(destination[2..], (short)weight);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], negative ? Negative : (ushort)0);
        BinaryPrimitives.WriteInt16BigEndian(destination[6..], (short)scale);
        for (int index = 0; index < count; index++)
            BinaryPrimitives.WriteUInt16BigEndian(destination[(8 + (index * 2))..], digits[first + index]);
        return 8 + (count * 2);
    }
}
