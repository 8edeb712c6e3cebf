using System.Buffers.Binary;
using System.Globalization;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Tests.Rows;

public sealed class NumericFormatTests
{
    [Theory]
    [InlineData("0", 0, "0000" + "0000" + "0000" + "0000")]
    [InlineData("0", 7, "0000" + "0000" + "0000" + "0007")]
    [InlineData("1", 0, "0001" + "0000" + "0000" + "0000" + "0001")]
    [InlineData("-1", 0, "0001" + "0000" + "4000" + "0000" + "0001")]
    [InlineData("10000", 0, "0001" + "0001" + "0000" + "0000" + "0001")]
    [InlineData("1", 7, "0001" + "FFFE" + "0000" + "0007" + "000A")]
    [InlineData("12345678", 7, "0003" + "0000" + "0000" + "0007" + "0001" + "0929" + "1A7C")]
    [InlineData("10000000", 7, "0001" + "0000" + "0000" + "0007" + "0001")]
    public void Write_KnownValue_GivesTheServersForm(string unscaled, int scale, string expected)
    {
        byte[] bytes = new byte[NumericFormat.MaxBytes];

        int written = NumericFormat.Write(bytes, Int128.Parse(unscaled, CultureInfo.InvariantCulture), scale);

        Assert.Equal(expected, Convert.ToHexString(bytes.AsSpan(0, written)));
    }

    [Fact]
    public void Write_EveryPowerOfTenAtEveryScale_IsExactAndNormalised()
    {
        for (int scale = 0; scale <= NumericFormat.MaxScale; scale++)
        {
            Int128 power = 1;
            for (int exponent = 0; exponent <= 38; exponent++)
            {
                foreach (Int128 value in new[] { power - 1, power, power + 1, -power })
                    AssertExact(value, scale);
                if (exponent < 38)
                    power *= 10;
            }

            AssertExact(Int128.MaxValue, scale);
            AssertExact(Int128.MinValue, scale);
            AssertExact(ulong.MaxValue, scale);
            AssertExact((Int128)ulong.MaxValue + 1, scale);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(19)]
    public void Write_ScaleOutsideItsLimits_Throws(int scale) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => NumericFormat.Write(new byte[NumericFormat.MaxBytes], 1, scale));

    private static void AssertExact(Int128 value, int scale)
    {
        byte[] bytes = new byte[NumericFormat.MaxBytes];
        int written = NumericFormat.Write(bytes, value, scale);

        int count = BinaryPrimitives.ReadInt16BigEndian(bytes);
        int weight = BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(2));
        Assert.Equal(8 + (2 * count), written);
        Assert.Equal(scale, BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(6)));

        // Read the digits back into an integer that is scaled by 20 decimals, which no value here exceeds.
        System.Numerics.BigInteger sum = 0;
        for (int index = 0; index < count; index++)
        {
            int digit = BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(8 + (2 * index)));
            Assert.InRange(digit, 0, 9_999);
            sum += digit * System.Numerics.BigInteger.Pow(10, 20 + (4 * (weight - index)));
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(4)) == 0x4000)
            sum = -sum;
        Assert.Equal((System.Numerics.BigInteger)value * System.Numerics.BigInteger.Pow(10, 20 - scale), sum);
        if (count > 0)
        {
            Assert.NotEqual(0, BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(8)));
            Assert.NotEqual(0, BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(written - 2)));
        }
    }
}
