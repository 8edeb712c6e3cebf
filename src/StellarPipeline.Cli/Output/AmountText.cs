using System.Globalization;
using System.Numerics;

namespace StellarPipeline.Cli.Output;

/// <summary>Writes amounts for people.</summary>
internal static class AmountText
{
    /// <summary>Decimals of the native asset and of all classic assets.</summary>
    public const int Decimals = 7;

    // No real token has more decimals, but a contract may claim any number.
    private const int MaxDecimals = 38;

    /// <summary>An amount with all its decimals: 12.3000000.</summary>
    /// <param name="units">The amount in the smallest unit.</param>
    /// <param name="decimals">Decimals of the asset, 0 to 38. If a contract claims another number, the amount is written in the smallest
    /// unit.</param>
    public static string Fixed(BigInteger units, int decimals = Decimals)
    {
        if (decimals is < 0 or > MaxDecimals) return $"{units.ToString(CultureInfo.InvariantCulture)} units";
        if (decimals == 0) return units.ToString(CultureInfo.InvariantCulture);
        var whole = BigInteger.DivRem(BigInteger.Abs(units), BigInteger.Pow(10, decimals), out BigInteger rest);
        string fraction = rest.ToString(CultureInfo.InvariantCulture).PadLeft(decimals, '0');
        return $"{(units.Sign < 0 ? "-" : "")}{whole.ToString(CultureInfo.InvariantCulture)}.{fraction}";
    }

    /// <summary>
    /// A limit of a trustline, with all its decimals. In state_changes, the limit before a change is in the smallest unit, and the limit
    /// after it has a decimal point.
    /// </summary>
    public static string Limit(string? text) => text switch
    {
        null => "an unknown limit",
        _ when text.Contains('.', StringComparison.Ordinal) => text,
        _ => Fixed(BigInteger.Parse(text, CultureInfo.InvariantCulture)),
    };

    /// <summary>An amount without trailing zeros: 12.3.</summary>
    /// <param name="units">The amount in the smallest unit, as text.</param>
    public static string Short(string units)
    {
        string text = Fixed(BigInteger.Parse(units, CultureInfo.InvariantCulture)).TrimEnd('0');
        return text.EndsWith('.') ? text[..^1] : text;
    }
}
