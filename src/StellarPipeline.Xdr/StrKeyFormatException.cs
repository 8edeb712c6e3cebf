namespace StellarPipeline.Xdr;

/// <summary>A text is no strkey, or not one of the kind asked for.</summary>
public sealed class StrKeyFormatException : FormatException
{
    internal StrKeyFormatException(StrKeyProblem problem, string message)
        : base(message) => Problem = problem;

    /// <summary>What is wrong with the text.</summary>
    public StrKeyProblem Problem { get; }
}
