namespace StellarPipeline.Xdr;

/// <summary>A text is not a strkey, or not one of the requested kind.</summary>
public sealed class StrKeyFormatException : FormatException
{
    internal StrKeyFormatException(StrKeyProblem problem, string message)
        : base(message) => Problem = problem;

    /// <summary>What is wrong with the text.</summary>
    public StrKeyProblem Problem { get; }
}
