using System.ComponentModel;
using System.Globalization;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>The checkpoint to load: of a given ledger, or the newest one. Converts from a ledger number.</summary>
/// <remarks>
/// This is no nullable number, because an empty value in a configuration file would silently become the newest checkpoint.
/// </remarks>
[TypeConverter(typeof(CheckpointChoiceConverter))]
public readonly record struct CheckpointChoice
{
    /// <summary>The word for the newest checkpoint, as on the command line.</summary>
    public const string LatestWord = "latest";

    private CheckpointChoice(uint? ledger) => Ledger = ledger;

    /// <summary>The newest checkpoint of the archive. The default.</summary>
    public static CheckpointChoice Latest { get; }

    /// <summary>The checkpoint's ledger; null for the newest one.</summary>
    public uint? Ledger { get; }

    /// <summary>The checkpoint of a ledger; null for the newest one.</summary>
    /// <param name="ledger">The ledger.</param>
    public static implicit operator CheckpointChoice(uint? ledger) => FromLedger(ledger);

    /// <summary>The checkpoint of a ledger; null for the newest one.</summary>
    /// <param name="ledger">The ledger.</param>
    public static CheckpointChoice FromLedger(uint? ledger) => new(ledger);

    /// <summary>Parses a ledger number from 1, or <c>latest</c>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is neither.</exception>
    public static CheckpointChoice Parse(string text)
    {
        if (string.Equals(text, LatestWord, StringComparison.OrdinalIgnoreCase)) return Latest;
        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint ledger) && ledger > 0
            ? new CheckpointChoice(ledger)
            : throw new FormatException(
                $"\"{text}\" is not a checkpoint. Give a ledger number from 1 to 4,294,967,295, or latest, or leave it out.");
    }

    /// <inheritdoc/>
    public override string ToString() => Ledger?.ToString(CultureInfo.InvariantCulture) ?? LatestWord;

    /// <summary>Converts values of a configuration file.</summary>
    private sealed class CheckpointChoiceConverter : TypeConverter
    {
        public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
            sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

        public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
            value is string text ? Parse(text) : base.ConvertFrom(context, culture, value);
    }
}
