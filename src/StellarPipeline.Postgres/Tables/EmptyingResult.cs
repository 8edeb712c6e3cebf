namespace StellarPipeline.Postgres.Tables;

/// <summary>How tables were emptied.</summary>
/// <param name="Method"><see cref="EmptyingMethod.Truncate"/> or <see cref="EmptyingMethod.Delete"/>.</param>
/// <param name="Reason">Why TRUNCATE was not used, as a phrase for the report; null if it was used or not requested.</param>
/// <param name="RowsDeleted">Rows deleted; null after TRUNCATE, which does not count.</param>
public sealed record EmptyingResult(EmptyingMethod Method, string? Reason, long? RowsDeleted);
