using System.ComponentModel;
using System.Globalization;

namespace StellarPipeline.Xdr;

/// <summary>
/// Converts text to a hash for options bound from a configuration file; any other text is an error that names the option.
/// </summary>
internal sealed class Hash256Converter : TypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
        sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

    /// <inheritdoc/>
    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value)
    {
        if (value is not string text) return base.ConvertFrom(context, culture, value);
        return Hash256.TryParse(text, out Hash256 hash) && !hash.IsZero
            ? hash
            : throw new FormatException("A hash is 64 lower-case hexadecimal digits, not all of them zero. Leave it out, or give one.");
    }
}
