namespace StellarPipeline.Stellar.Projections.History;

/// <summary>The result codes in <c>transactions.result_code</c>: names of constants of the Go SDK.</summary>
internal static class TransactionResultNames
{
    public const int InternalError = -11;
    private const int Highest = 1;

    // From 1 downwards, in the order of TransactionResultCode in Stellar-transaction.x.
    private static readonly byte[][] Names = [.. new[]
    {
        "FeeBumpInnerSuccess", "Success", "Failed", "TooEarly", "TooLate", "MissingOperation", "BadSeq", "BadAuth", "InsufficientBalance",
        "NoAccount", "InsufficientFee", "BadAuthExtra", "InternalError", "NotSupported", "FeeBumpInnerFailed", "BadSponsorship",
        "BadMinSeqAgeOrGap", "Malformed", "SorobanInvalid", "FrozenKeyAccessed",
    }.Select(name => System.Text.Encoding.ASCII.GetBytes("TransactionResultCodeTx" + name))];

    /// <param name="code">A code that the reader of ledgers has accepted: 1 down to −18.</param>
    public static ReadOnlySpan<byte> Of(int code) => Names[Highest - code];
}
