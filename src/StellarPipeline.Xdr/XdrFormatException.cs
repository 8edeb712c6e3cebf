using System.Globalization;

namespace StellarPipeline.Xdr;

/// <summary>Bytes are not a valid XDR value of the expected type.</summary>
/// <remarks>For malformed input, the decoder throws only this exception, whatever the bytes are.</remarks>
public sealed class XdrFormatException : FormatException
{
    /// <summary>The <see cref="Field"/> of an error that reports bytes after the end of a value.</summary>
    public const string EndField = "end";

    private const string Advice =
        " The data is damaged, or has a newer protocol than this version can read: fetch it again, from another source if the error "
            + "persists, or update.";

    private readonly string problem;

    /// <summary>Describes malformed XDR.</summary>
    /// <param name="typeName">Name of the malformed XDR type, as in the schema.</param>
    /// <param name="field">Name of the field in that type.</param>
    /// <param name="byteOffset">Position of the problem: bytes from the start of the decoded value.</param>
    /// <param name="problem">The problem: a sentence with the numbers found and expected.</param>
    /// <param name="baseOffset">Start of the value in its source (a file, a stream): bytes; 0 if unknown.</param>
    public XdrFormatException(string typeName, string field, long byteOffset, string problem, long baseOffset = 0)
        : base(Describe(typeName, field, byteOffset, problem, baseOffset) + Advice)
    {
        this.problem = problem;
        TypeName = typeName;
        Field = field;
        ByteOffset = byteOffset;
        BaseOffset = baseOffset;
    }

    /// <summary>Name of the malformed XDR type, as in the schema.</summary>
    public string TypeName { get; }

    /// <summary>Name of the malformed field in <see cref="TypeName"/>.</summary>
    public string Field { get; }

    /// <summary>Position of the problem: bytes from the start of the decoded value, 0 up to its length.</summary>
    public long ByteOffset { get; }

    /// <summary>Start of the value in its source: bytes; 0 if unknown.</summary>
    public long BaseOffset { get; }

    /// <summary>
    /// The problem and its position, without advice, for callers that know whether the data is damaged or of a newer protocol.
    /// </summary>
    public string Finding => Describe(TypeName, Field, ByteOffset, problem, BaseOffset);

    /// <summary>Creates the same exception with a known start of the value in its source.</summary>
    /// <param name="baseOffset">Start of the value in its source: bytes.</param>
    /// <returns>A new exception with the same type, field and <see cref="ByteOffset"/>.</returns>
    public XdrFormatException WithBaseOffset(long baseOffset) => new(TypeName, Field, ByteOffset, problem, baseOffset);

    private static string Describe(string typeName, string field, long byteOffset, string problem, long baseOffset)
    {
        string place = baseOffset == 0
            ? string.Create(CultureInfo.InvariantCulture, $"byte {byteOffset:N0}")
            : string.Create(CultureInfo.InvariantCulture, $"byte {byteOffset:N0} (byte {baseOffset + byteOffset:N0} of its source)");
        return $"XDR {typeName}.{field} at {place}: {problem}";
    }
}
