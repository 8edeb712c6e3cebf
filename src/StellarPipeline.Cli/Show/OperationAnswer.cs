namespace StellarPipeline.Cli.Show;

/// <summary>What <c>show operation</c> prints as JSON.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Transaction">Its transaction; null if it is not in the tables.</param>
internal sealed record OperationAnswer(OperationView Operation, TransactionView? Transaction);
