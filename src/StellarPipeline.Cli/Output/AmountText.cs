using System.Globalization;
using System.Numerics;

namespace StellarPipeline.Cli.Output;

/// <summary>Writes amounts for people.</summary>
internal static class AmountText
{
    /// <summary>Decimals of the native asset and of all classic assets.</summary>
    public const int Decimals = 7;

    // No token counts in smaller parts; a contract may claim anything.
    private const int MaxDecimals = 38;

    /// <summary>An amount with all its decimals: 12.3000000.</summary>
    /// <param name="units">How many of the smallest unit.</param>
    /// <param name="decimals">Decimals of the asset; where a contract claims more than anything needs, the units are written as they
    /// are.</param>
    public static string Fixed(BigInteger units, int decimals = Decimals)
    {
        if (decimals is < 0 or > MaxDecimals) return $"{units.ToString(CultureInfo.InvariantCulture)} units";
        if (decimals == 0) return units.ToString(CultureInfo.InvariantCulture);
        var whole = BigInteger.DivRem(BigInteger.Abs(units), BigInteger.Pow(10, decimals), out BigInteger rest);
        string fraction = rest.ToString(CultureInfo.InvariantCulture).PadLeft(decimals, '0');
        return $"{(units.Sign < 0 ? "-" : "")}{whole.ToString(CultureInfo.InvariantCulture)}.{fraction}";
    }

    /// <summary>An amount without trailing zeros: 12.3.</summary>
    /// <param name="units">How many of the smallest unit, as text.</param>
    public static string Short(string units)
    {
        string text = Fixed(BigInteger.Parse(units, CultureInfo.InvariantCulture)).TrimEnd('0');
        return text.EndsWith('.') ? text[..^1] : text;
    }
}
