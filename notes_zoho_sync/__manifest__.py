{
    "name": "IBM Notes Sync",
    "summary": "Contacts, tasks and events in step between HCL Notes and Zoho CRM",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "Notes Zoho Sync contributors",
    "license": "LGPL-3",
    "depends": ["bus", "mail", "web"],
    "external_dependencies": {
        "python": ["phonenumbers", "python-dateutil", "requests"],
    },
    "application": True,
}
