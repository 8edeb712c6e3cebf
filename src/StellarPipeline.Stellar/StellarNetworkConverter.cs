using System.ComponentModel;
using System.Globalization;

namespace StellarPipeline.Stellar;

/// <summary>Converts text to a network, so that options in a configuration file can use its name or passphrase.</summary>
internal sealed class StellarNetworkConverter : TypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
        sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

    /// <inheritdoc/>
    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value)
    {
        if (value is not string text) return base.ConvertFrom(context, culture, value);
        if (string.IsNullOrWhiteSpace(text))
            throw new FormatException("The network is empty. Leave it out, or give pubnet, testnet, futurenet or a passphrase.");
        return StellarNetwork.Parse(text);
    }
}
