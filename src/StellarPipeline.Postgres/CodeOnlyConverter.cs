using System.ComponentModel;
using System.Globalization;

namespace StellarPipeline.Postgres;

/// <summary>
/// Refuses text for options that only code can give: without it, a configuration file that names one would be passed over in silence.
/// </summary>
internal sealed class CodeOnlyConverter : TypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
        sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

    /// <inheritdoc/>
    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        throw new FormatException(
            "This option is an object of the program. It cannot be given as text: set it in code, and leave it out of the configuration.");
}
