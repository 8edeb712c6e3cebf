using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace StellarPipeline.Xdr;

/// <summary>Every error of this project. Callers pass numbers; the text is built here, off the hot path.</summary>
/// <remarks>A <c>field</c> is written "Type.field", as in the schema.</remarks>
internal static class XdrThrow
{
    [DoesNotReturn]
    public static void Truncated(string field, int offset, long needed, int remaining, long baseOffset = 0) =>
        Throw(field, offset, baseOffset, Text($"{needed:N0} bytes are needed, but only {remaining:N0} are left."));

    [DoesNotReturn]
    public static void Padding(string field, int offset, long baseOffset = 0) =>
        Throw(field, offset, baseOffset, "A padding byte is not zero.");

    [DoesNotReturn]
    public static void NotBool(string field, int offset, uint value, long baseOffset = 0) =>
        Throw(field, offset, baseOffset, Text($"A bool is {value}; it must be 0 or 1."));

    [DoesNotReturn]
    public static void NotOptionalFlag(string field, int offset, uint value, long baseOffset = 0) =>
        Throw(field, offset, baseOffset, Text($"The flag of an optional value is {value}; it must be 0 or 1."));

    [DoesNotReturn]
    public static void UnknownDiscriminant(string field, int offset, int value, int last, long baseOffset = 0) =>
        Throw(field, offset, baseOffset, last == 0
            ? Text($"The discriminant is {value}; only 0 is known.")
            : Text($"The discriminant is {value}; known are 0 to {last}."));

    [DoesNotReturn]
    public static void NotAmong(string field, int offset, int value, string known) =>
        Throw(field, offset, 0, Text($"The value is {value}; known are {known}."));

    [DoesNotReturn]
    public static void Contradiction(string field, int offset, string problem) => Throw(field, offset, 0, problem);

    [DoesNotReturn]
    public static void UnknownExtension(string field, int offset, int value, int arm, long baseOffset = 0) =>
        Throw(field, offset, baseOffset, Text($"The extension's discriminant is {value}; known are 0 and {arm}."));

    [DoesNotReturn]
    public static void TooLong(string field, int offset, uint length, int limit, long baseOffset = 0) =>
        Throw(field, offset, baseOffset, Text($"The length is {length:N0} bytes; at most {limit:N0} are allowed."));

    [DoesNotReturn]
    public static void TooMany(string field, int offset, uint count, int limit, long baseOffset = 0) =>
        Throw(field, offset, baseOffset, Text($"The count is {count:N0}; at most {limit:N0} elements are allowed."));

    [DoesNotReturn]
    public static void CountBeyondEnd(string field, int offset, uint count, int minElementBytes, int remaining, long baseOffset = 0) =>
        Throw(field, offset, baseOffset,
            Text($"The count is {count:N0}, each element takes at least {minElementBytes} bytes, but only {remaining:N0} bytes are left."));

    [DoesNotReturn]
    public static void TooDeep(string field, int offset, int limit, long baseOffset = 0) =>
        Throw(field, offset, baseOffset, Text($"Values are nested deeper than {limit} levels."));

    [DoesNotReturn]
    public static void Refused(string field, int offset, string problem, long baseOffset = 0) => Throw(field, offset, baseOffset, problem);

    [DoesNotReturn]
    public static void TrailingBytes(string typeName, int offset, int remaining, long baseOffset = 0) =>
        throw new XdrFormatException(
            typeName, XdrFormatException.EndField, offset, Text($"The value ends here, but {remaining:N0} more bytes follow."), baseOffset);

    [DoesNotReturn]
    public static void WrongType(string what, string actual, string wanted) =>
        throw new InvalidOperationException($"This {what} is of type {actual}, but it was read as {wanted}. Check its type first.");

    [DoesNotReturn]
    public static void NotStrKey(StrKeyProblem problem, ReadOnlySpan<char> text, StrKeyKind wanted, StrKeyKind actual)
    {
        // A seed is secret, so the text never appears in the message.
        string why = problem switch
        {
            StrKeyProblem.Length => $"no strkey has {text.Length} characters",
            StrKeyProblem.Character => "it contains a character other than A to Z and 2 to 7",
            StrKeyProblem.TrailingBits => "the unused bits of its last character are not zero",
            StrKeyProblem.Checksum => "its checksum is wrong",
            StrKeyProblem.Version => $"its version byte {(int)actual} is not known",
            StrKeyProblem.PayloadLength => $"its payload does not have the length of kind {actual}",
            StrKeyProblem.PayloadContent => $"its payload is not well formed for kind {actual}",
            _ => $"it is of kind {actual}",
        };
        throw new StrKeyFormatException(
            problem, $"The text is not a strkey of kind {wanted}: {why}. Copy it again, complete and in capital letters.");
    }

    [DoesNotReturn]
    public static void PayloadOfOtherKind(StrKeyKind kind, int payloadBytes, StrKeyProblem problem) =>
        throw new ArgumentException(
            $"A payload of {payloadBytes} bytes cannot be a strkey of kind {kind} ({problem}). Lay it out as the kind describes.");

    [DoesNotReturn]
    public static void DestinationTooShort(int needed, int length) =>
        throw new ArgumentException($"The destination has room for {length} elements, but {needed} are needed. Pass a longer one.");

    [DoesNotReturn]
    private static void Throw(string field, int offset, long baseOffset, string problem)
    {
        int dot = field.IndexOf('.', StringComparison.Ordinal);
        throw dot < 0
            ? new XdrFormatException(field, "value", offset, problem, baseOffset)
            : new XdrFormatException(field[..dot], field[(dot + 1)..], offset, problem, baseOffset);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
