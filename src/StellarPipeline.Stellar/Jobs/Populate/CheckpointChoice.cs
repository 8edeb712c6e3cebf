using System.ComponentModel;
using System.Globalization;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>Which checkpoint is loaded: that of a ledger, or the newest one. Made from a number where one is wanted.</summary>
/// <remarks>No nullable number: from an empty value of a configuration file that would quietly become the newest checkpoint.</remarks>
[TypeConverter(typeof(CheckpointChoiceConverter))]
public readonly record struct CheckpointChoice
{
    /// <summary>The word for the newest checkpoint, as on the command line.</summary>
    public const string LatestWord = "latest";

    private CheckpointChoice(uint? ledger) => Ledger = ledger;

    /// <summary>The newest one that the archive has. The default.</summary>
    public static CheckpointChoice Latest { get; }

    /// <summary>The checkpoint's ledger; null for the newest one.</summary>
    public uint? Ledger { get; }

    /// <summary>The checkpoint of a ledger; null stands for the newest one.</summary>
    /// <param name="ledger">The ledger.</param>
    public static implicit operator CheckpointChoice(uint? ledger) => FromLedger(ledger);

    /// <summary>The checkpoint of a ledger; null stands for the newest one.</summary>
    /// <param name="ledger">The ledger.</param>
    public static CheckpointChoice FromLedger(uint? ledger) => new(ledger);

    /// <summary>Reads a ledger number from 1, or <c>latest</c>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is neither.</exception>
    public static CheckpointChoice Parse(string text)
    {
        if (string.Equals(text, LatestWord, StringComparison.OrdinalIgnoreCase)) return Latest;
        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint ledger) && ledger > 0
            ? new CheckpointChoice(ledger)
            : throw new FormatException(
                $"\"{text}\" is no checkpoint. Leave it out, or give a ledger number from 1 to 4,294,967,295, or latest.");
    }

    /// <inheritdoc/>
    public override string ToString() => Ledger?.ToString(CultureInfo.InvariantCulture) ?? LatestWord;

    /// <summary>For options that are bound from a configuration file.</summary>
    private sealed class CheckpointChoiceConverter : TypeConverter
    {
        public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
            sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

        public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
            value is string text ? Parse(text) : base.ConvertFrom(context, culture, value);
    }
}
